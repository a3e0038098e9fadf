import { X509Certificate } from "node:crypto";
import { commonName, leafFacts, moment, validity } from "../../settings/certificates/facts";
import { issueLeaf, makeAuthority } from "../../settings/certificates/issue";
import {
  CERTIFICATE_KEYS,
  parseCertificates,
  type Authority,
  type StackCertificates,
  type StoredLeaf,
} from "../../settings/certificates/stored";
import { wantedOfAll, type WantedLeaf } from "../../settings/certificates/wanted";
import type { Environment } from "../../settings/environment";
import { messageOf, UserError } from "../../settings/user-error";
import { openStacks, type HostStack } from "../failover/pair-stacks";
import { checkStacks } from "../lifecycle/check-stacks";
import { keepAuthorities, knownAuthorities } from "./authority";
import { hostsWithoutClock, readClocks } from "./clocks";
import { nextAfterPhase, PHASE_WORDS, phaseOf, type ExchangeStep, type Phase } from "./exchange";
import { planCertificates, type CertificatePlan, type CertificateReading, type HostPlan } from "./plan";
import { secretIn, writeSecret, type ConfigValues } from "./secret-config";

/** What `understudy certificates` is asked for. */
export interface CertificatesOptions {
  readonly environment: Environment;
  /** Where the environment was read from: each stack must declare the same file. */
  readonly environmentFile: string;
  readonly execute: boolean;
  /** One step of the exchange of the CA; undefined keeps the certificates current. */
  readonly step: ExchangeStep | undefined;
  /** Those that were made before this moment are made anew, ms since 1970; by default those that are due. */
  readonly madeBeforeMs?: number;
}

/** One certificate as it is afterwards, or would be. */
export interface LeafOutcome {
  readonly host: string;
  readonly name: string;
  readonly names: readonly string[];
  readonly done: "kept" | "issued" | "would be issued" | "left out";
  /** Why it is issued or left out; null when it is kept. */
  readonly why: string | null;
  /** When the one that is there now ends; null when there is none. */
  readonly endsAt: string | null;
}

/** What the verb did, or would do. No key is in it. */
export interface CertificatesOutcome {
  readonly mode: "dry-run" | "execute";
  readonly environment: string;
  /** How far the pair is now, with what that means. */
  readonly phase: Phase;
  readonly words: string;
  /** What becomes of the CA; null where nothing does. */
  readonly authority: string | null;
  readonly leaves: readonly LeafOutcome[];
  /** Whom each host believes, the names of the CAs with their ends. */
  readonly trust: Readonly<Record<string, readonly string[]>>;
  /** Nothing that was asked for is left undone. */
  readonly good: boolean;
  readonly next: string | null;
}

/**
 * Makes and renews the pair's certificates, or does one step of the exchange of its CA. What a run that was cut off has
 * left, the next one finishes: whatever is written is whole, and the CA is written before anything that it signs.
 * @throws UserError with exit code 3 when the step does not follow what is there or a clock is wrong; 2 when a config or a
 * file cannot be used
 */
export async function pairCertificates(
  options: CertificatesOptions,
  phase: (words: string) => void,
): Promise<CertificatesOutcome> {
  const { environment, execute } = options;
  phase("reading the stacks");
  const { reading, stacks, keeper } = await readCertificates(options);
  const plan = planCertificates(reading);
  const leftOut = issues(plan) ? await withoutClock(stacks, phase) : {};
  const run = execute
    ? await carryOut({ reading, plan, leftOut, stacks, keeper, environment }, phase)
    : { reading, plan, hosts: plan.hosts };
  return outcomeOf(options, run, leftOut);
}

/** What there is of a pair's certificates, and what is asked for. @throws UserError, exit code 2, where it cannot be used */
export async function readCertificates(options: CertificatesOptions): Promise<{
  readonly reading: CertificateReading;
  readonly stacks: readonly HostStack[];
  readonly keeper: HostStack;
}> {
  const { environment, environmentFile, step, madeBeforeMs } = options;
  const wanted = wantedOfAll(environment);
  const { stacks: opened } = await openStacks(environment);
  await checkStacks(opened, environmentFile);
  const stacks = await Promise.all(opened.map(async (one) => ({ ...one, config: await one.stack.getAllConfig() })));
  const stored = storedIn(stacks);
  const keeper = keeperOf(stacks);
  const nowMs = Date.now();
  const authorities = knownAuthorities(environment, keeper, stored, nowMs);
  const verb = `understudy certificates --env-config ${environmentFile}`;
  const own = environment.certificates === undefined;
  return { reading: { stored, authorities, wanted, own, step, madeBeforeMs, nowMs, verb }, stacks, keeper };
}

function issues({ make, hosts }: CertificatePlan): boolean {
  return make !== null || hosts.some(({ leaves }) => leaves.some(({ why }) => why !== null));
}

async function withoutClock(
  stacks: readonly HostStack[],
  phase: (words: string) => void,
): Promise<Readonly<Record<string, string>>> {
  phase("comparing the hosts' clocks with this machine's");
  return hostsWithoutClock(await readClocks(stacks.map(({ host }) => host)));
}

interface StackWithConfig extends HostStack {
  readonly config: ConfigValues;
}

/** The stack whose config has the key of the pair's CA. */
function keeperOf(stacks: readonly StackWithConfig[]): StackWithConfig {
  const keeper = stacks.find(({ host }) => host.stack === "primary") ?? stacks[0];
  if (keeper === undefined) throw new Error("an environment has at least one host");
  return keeper;
}

/** @throws UserError, exit code 2, when what a stack has is not encrypted or cannot be understood */
function storedIn(stacks: readonly StackWithConfig[]): CertificateReading["stored"] {
  return Object.fromEntries(
    stacks.map((one): readonly [string, StackCertificates | undefined] => {
      const text = secretIn(one.config, one, CERTIFICATE_KEYS.certificates);
      const bundle = text === undefined ? undefined : parseCertificates(text);
      if (text === undefined || bundle !== undefined) return [one.host.name, bundle];
      throw new UserError(
        `understudy:${CERTIFICATE_KEYS.certificates} of stack ${one.host.stack} cannot be understood`,
        `pulumi -s ${one.host.stack} config rm understudy:${CERTIFICATE_KEYS.certificates}; then understudy certificates --execute, which makes others`,
        2,
      );
    }),
  );
}

interface Run {
  readonly reading: CertificateReading;
  readonly plan: CertificatePlan;
  readonly hosts: readonly HostPlan[];
}

interface Work {
  readonly reading: CertificateReading;
  readonly plan: CertificatePlan;
  readonly leftOut: Readonly<Record<string, string>>;
  readonly stacks: readonly HostStack[];
  readonly keeper: HostStack;
  readonly environment: Environment;
}

/** The CA first, then each host's bundle whole: a run that ends in between has left what the next one goes on from. */
async function carryOut(work: Work, phase: (words: string) => void): Promise<Run> {
  const { keeper, leftOut, stacks, environment } = work;
  let { reading, plan } = work;
  if (plan.make !== null) {
    const made = await makeAuthority(environment.name, reading.nowMs);
    reading = { ...reading, authorities: { ...reading.authorities, [plan.make]: made } };
    phase(`${keeper.host.stack}: keeping the new CA`);
    await keepAuthorities(keeper, reading.authorities);
    plan = planCertificates(reading);
  }
  if (plan.promote) {
    reading = { ...reading, authorities: { issuer: plan.signer, next: null } };
    phase(`${keeper.host.stack}: the new CA signs from now on`);
    if (reading.own) await keepAuthorities(keeper, reading.authorities);
  }
  const stored: Record<string, StackCertificates | undefined> = { ...reading.stored };
  for (const one of stacks) {
    const host = plan.hosts.find((each) => each.host === one.host.name);
    if (host === undefined) continue;
    const before = reading.stored[host.host];
    const bundle = await bundleOf(host, plan, { before, waits: host.host in leftOut, nowMs: reading.nowMs });
    if (Object.keys(bundle.leaves).length === 0 || JSON.stringify(bundle) === JSON.stringify(before)) continue;
    phase(`${one.host.stack}: writing the certificates of ${host.host}`);
    await writeSecret(one, CERTIFICATE_KEYS.certificates, JSON.stringify(bundle));
    stored[host.host] = bundle;
  }
  return { reading: { ...reading, stored }, plan, hosts: plan.hosts };
}

interface Before {
  readonly before: StackCertificates | undefined;
  /** Nothing is issued for this host now. */
  readonly waits: boolean;
  readonly nowMs: number;
}

async function bundleOf(
  { host, leaves, trust }: HostPlan,
  { signer }: CertificatePlan,
  { before, waits, nowMs }: Before,
): Promise<StackCertificates> {
  const all: Record<string, StoredLeaf> = {};
  for (const { wanted, why } of leaves) {
    const leaf =
      why === null || waits
        ? before?.leaves[wanted.name]
        : await issueAndLook(wanted, signer, { trust: [...trust], nowMs }).catch((error: unknown) => {
            throw new Error(`${wanted.name} of ${host}: ${messageOf(error)}`, { cause: error });
          });
    if (leaf !== undefined) all[wanted.name] = leaf;
  }
  return { version: 1, trust: [...trust], leaves: all };
}

/** @throws Error when what was issued is not what was wanted: then nothing of that host is written */
async function issueAndLook(
  wanted: WantedLeaf,
  signer: Authority | null,
  { trust, nowMs }: { readonly trust: string[]; readonly nowMs: number },
): Promise<StoredLeaf> {
  if (signer === null) throw new Error("nobody is there to sign it");
  const leaf = await issueLeaf(wanted, signer, nowMs);
  const { fault } = leafFacts(leaf, wanted, { trust }, nowMs);
  if (fault !== null) throw new Error(`it came out wrong: ${fault}`);
  return leaf;
}

function outcomeOf(
  { environment, execute, step, environmentFile }: CertificatesOptions,
  { reading, plan, hosts }: Run,
  leftOut: Readonly<Record<string, string>>,
): CertificatesOutcome {
  const now = phaseOf(reading);
  const leaves = hosts.flatMap(({ host, leaves: planned }) =>
    planned.map(({ wanted, why }): LeafOutcome => {
      const out = why === null ? undefined : leftOut[host];
      const { toMs } = leafFacts(reading.stored[host]?.leaves[wanted.name], wanted, { trust: [] }, reading.nowMs);
      return {
        ...{ host, name: wanted.name, names: wanted.names },
        done: why === null ? "kept" : out !== undefined ? "left out" : execute ? "issued" : "would be issued",
        why: out === undefined ? why : `${why ?? ""}; its clock cannot be read: ${out}`,
        endsAt: toMs === undefined ? null : moment(toMs),
      };
    }),
  );
  const good = leaves.every(({ done }) => done !== "left out");
  const verb = `understudy certificates --env-config ${environmentFile}`;
  const again = `${verb}${step === undefined ? "" : ` --exchange-ca ${step}`} --execute`;
  const changes = plan.make !== null || plan.promote || hosts.some((one) => changesOf(one, reading));
  const undone = execute ? !good : changes;
  return {
    mode: execute ? "execute" : "dry-run",
    environment: environment.name,
    phase: now,
    words: PHASE_WORDS[now],
    authority: authorityWords(plan, environment),
    leaves,
    trust: Object.fromEntries(
      hosts.map(({ host, trust }) => [host, (reading.stored[host]?.trust ?? trust).map(authorityName)]),
    ),
    good,
    next: undone ? again : nextAfterPhase(now, verb),
  };
}

function changesOf({ host, leaves, trust }: HostPlan, { stored }: CertificateReading): boolean {
  return leaves.some(({ why }) => why !== null) || JSON.stringify(trust) !== JSON.stringify(stored[host]?.trust);
}

function authorityWords({ make, promote }: CertificatePlan, { name }: Environment): string | null {
  if (make === "issuer") return `a CA for ${name}`;
  if (make === "next") return `a new CA for ${name}, beside the one that signs`;
  return promote ? "the new CA signs" : null;
}

/** A CA by its name and its end, for people. */
export function authorityName(pem: string): string {
  const certificate = new X509Certificate(pem);
  return `${commonName(certificate) || certificate.subject.replaceAll("\n", ", ")}, until ${moment(validity(certificate).toMs)}`;
}
