import { pollUntil } from "../../drills/hosts/bounded";
import type { PendingChange } from "../../settings/drill-config";
import { encryptionOf } from "../../settings/encryption";
import type { Environment } from "../../settings/environment";
import { CERTIFICATE_KEYS } from "../../settings/certificates/stored";
import { UserError } from "../../settings/user-error";
import { pairCertificates, readCertificates, type CertificatesOptions } from "../certificates/certificates";
import { phaseOf, type Phase } from "../certificates/exchange";
import { upStack } from "../failover/bring-up";
import { openStacks } from "../failover/pair-stacks";
import { isFiles, playedRoles, refusePending, takeLock } from "./before-steps";
import { readCertificateFacts } from "./certificate-facts";
import {
  certificateStepWords,
  isCurrent,
  planAuthority,
  planLeaves,
  type CertificateFacts,
  type CertificateRotation,
  type CertificateStep,
} from "./certificate-plan";
import type { RotationOutcome } from "./rotate";
import { runSteps } from "./run-steps";

const SEEN = { deadlineMs: 60_000, pauseMs: 1000 };

/** What of the pair's certificates is exchanged: all of them, or with them the CA. */
export type CertificateSecret = "certificates" | "ca";

/** What is asked for. */
export interface CertificateRotateOptions {
  readonly name: CertificateSecret;
  readonly environment: Environment;
  readonly environmentFile: string;
  readonly execute: boolean;
  /** Every client believes the new CA. */
  readonly dropOld: boolean;
}

interface Seen {
  readonly phase: Phase;
  readonly hosts: readonly CertificateFacts[];
}

/**
 * Makes the pair's certificates anew, or exchanges its CA, on a pair that runs; or says which steps are left. It goes on
 * from what is there, whatever a run before has done.
 * @throws UserError, exit code 3, before anything is changed, when the pair is not in order or waits for another `up`
 */
export async function rotateCertificates(
  options: CertificateRotateOptions,
  phase: (words: string) => void,
): Promise<RotationOutcome> {
  const { name, environment, environmentFile, execute, dropOld } = options;
  const startedAt = new Date().toISOString();
  phase("reading the stacks, the files of both hosts and what their servers show");
  const pair = await openStacks(environment);
  const verb: CertificatesOptions = { environment, environmentFile, execute, step: undefined };
  const first = await readCertificates(verb);
  refusePlain(environment, first.reading.stored);
  const roles = await playedRoles(pair, environment);
  const look = async (): Promise<Seen> => {
    const { reading, stacks } = await readCertificates(verb);
    const hosts = stacks.map(({ host }) =>
      readCertificateFacts(
        { host, role: roles[host.name] ?? "standby", bundle: reading.stored[host.name] },
        environment,
      ),
    );
    return { phase: phaseOf(reading), hosts: await Promise.all(hosts) };
  };
  const seen = await look();
  const plan = planned(name, seen, dropOld);
  await tryFirst(plan, verb);
  // Files that a host has been given and has not read yet wait too: an `up` has them read.
  if (plan.steps.length > 0) await refusePending(pair.stacks, phase, plan.underWay ? isOfCertificates : () => false);
  const again = `understudy rotate ${name} --env-config ${environmentFile}${dropOld ? " --drop-old" : ""} --execute`;
  const words = (steps: readonly CertificateStep[]): readonly string[] => steps.map(certificateStepWords);
  const common = {
    ...{ environment: environment.name, name, underWay: plan.underWay, startedAt },
    key: name === "ca" ? CERTIFICATE_KEYS.authority : CERTIFICATE_KEYS.certificates,
    ...{ before: seen.hosts, later: words(plan.later) },
  };
  const next =
    plan.later.length === 0
      ? null
      : `once every client believes the new CA too (docs/CONNECT.md says where its file comes from): understudy rotate ca --env-config ${environmentFile} --drop-old --execute`;
  if (!execute) {
    const rest = { done: [], left: words(plan.steps), after: seen.hosts, failure: null };
    const endedAt = new Date().toISOString();
    return { ...common, ...rest, mode: "dry-run", endedAt, next: plan.steps.length > 0 ? again : next };
  }
  const lock = await takeLock(pair.stacks, roles, environment, pair.credentials);
  try {
    const { done, failure } = await runSteps(plan.steps, certificateStepWords, phase, async (step) => {
      if (step.kind === "files") {
        const one = pair.stacks.find(({ host }) => host.name === step.host);
        if (one !== undefined) await upStack(one, phase);
      } else if (step.kind === "see") await untilSeen(step.host, look);
      else await write(step, verb, phase);
    });
    const after = await look().then(
      ({ hosts }) => hosts,
      () => [],
    );
    const rest = { done, failure, after, left: words(plan.steps.slice(done.length)) };
    return {
      ...common,
      ...rest,
      ...{ mode: "execute", endedAt: new Date().toISOString(), next: failure === null ? next : again },
    };
  } finally {
    await lock.end().catch(() => undefined);
  }
}

/** A pair that is plain has certificates in its configs alone. @throws UserError, exit code 3 */
function refusePlain(environment: Environment, stored: Readonly<Record<string, unknown>>): void {
  const without = Object.entries(stored).flatMap(([host, bundle]) => (bundle === undefined ? [host] : []));
  if (without.length === 0 && encryptionOf(environment, true) !== "plain") return;
  throw new UserError(
    without.length === 0
      ? "encryption is plain: no server has a certificate"
      : `${without.join(" and ")} without certificates`,
    "understudy certificates --execute",
    3,
  );
}

function planned(name: CertificateSecret, { phase, hosts }: Seen, dropOld: boolean): CertificateRotation {
  const plan = name === "ca" ? planAuthority(phase, hosts, !dropOld) : planLeaves(phase, hosts, Date.now());
  if ("refused" in plan) throw new UserError(`${plan.refused}; nothing was changed`, plan.next, 3);
  return plan;
}

/** What the first step would say is known before it: a CA of the team's that is not there, a clock that is wrong. @throws UserError */
async function tryFirst({ steps: [first] }: CertificateRotation, verb: CertificatesOptions): Promise<void> {
  if (first === undefined || first.kind === "files" || first.kind === "see") return;
  await pairCertificates({ ...verb, ...asked(first), execute: false }, () => undefined);
}

type Written = Extract<CertificateStep, { kind: "issue" | "ca" }>;

function asked(step: Written): Pick<CertificatesOptions, "step" | "madeBeforeMs"> {
  return step.kind === "ca" ? { step: step.step } : { step: undefined, madeBeforeMs: step.beforeMs };
}

async function write(step: Written, verb: CertificatesOptions, phase: (words: string) => void): Promise<void> {
  const { good, leaves } = await pairCertificates({ ...verb, ...asked(step), execute: true }, phase);
  if (good) return;
  const out = leaves.filter(({ done }) => done === "left out");
  throw new Error(out.map(({ host, name, why }) => `${name} of ${host}: ${why ?? ""}`).join("; "));
}

/** Another CA replaces Alertmanager's container, which reads no file of it anew. Pure. */
export function isOfCertificates(change: PendingChange): boolean {
  return isFiles(change) || (change.resource.startsWith("alertmanager") && change.change !== "delete");
}

async function untilSeen(host: string, look: () => Promise<Seen>): Promise<void> {
  const of = ({ hosts }: Seen): CertificateFacts | undefined => hosts.find((one) => one.host === host);
  const isThere = (seen: Seen): boolean => {
    const facts = of(seen);
    return facts !== undefined && isCurrent(facts);
  };
  const { reading, reached } = await pollUntil(look, isThere, SEEN);
  if (reached) return;
  const { files, trust, postgres, redis } = of(reading) ?? {};
  throw new Error(
    `not seen within ${SEEN.deadlineMs / 1000} s: files ${files ?? "unknown"}, CAs ${trust ?? "unknown"}, PostgreSQL ${postgres ?? "unknown"}, Redis ${redis ?? "unknown"}`,
  );
}
