import { X509Certificate } from "node:crypto";
import { leafFacts, moment, validity } from "../../settings/certificates/facts";
import { BACK_DATED_MS } from "../../settings/certificates/issue";
import type { Authority, StackCertificates } from "../../settings/certificates/stored";
import type { WantedLeaf } from "../../settings/certificates/wanted";
import { UserError } from "../../settings/user-error";
import {
  isFrom,
  nextAfterPhase,
  PHASE_WORDS,
  phaseOf,
  rootOf,
  trusts,
  type ExchangeStep,
  type Phase,
  type StoredOfPair,
} from "./exchange";

/** Everything that decides what becomes of a pair's certificates. */
export interface CertificateReading extends StoredOfPair {
  /** By host, in the order of the environment file. */
  readonly wanted: Readonly<Record<string, readonly WantedLeaf[]>>;
  /** Whether the CA is the pair's own; the team's is read from its files, and never made here. */
  readonly own: boolean;
  /** What the verb is asked for; undefined keeps the certificates current. */
  readonly step: ExchangeStep | undefined;
  /** Certificates that were made before this moment are made anew; undefined: none for that alone. */
  readonly madeBeforeMs?: number | undefined;
  readonly nowMs: number;
  /** The command as it was given, without its step, for what is said to do next. */
  readonly verb: string;
}

/** One certificate: kept where `why` is null, else to be issued. */
export interface PlannedLeaf {
  readonly wanted: WantedLeaf;
  readonly why: string | null;
  /** When the one that is there ends; null when it does not say. */
  readonly toMs: number | null;
}

/** What becomes of one host's certificates. */
export interface HostPlan {
  readonly host: string;
  readonly leaves: readonly PlannedLeaf[];
  /** Whom the host believes afterwards; of a CA that is yet to be made nothing is in it. */
  readonly trust: readonly string[];
}

/** What the verb would do. */
export interface CertificatePlan {
  readonly phase: Phase;
  /** A CA is to be made, as the one that signs or as the one that will; null where none is. */
  readonly make: "issuer" | "next" | null;
  /** The new CA signs from now on. */
  readonly promote: boolean;
  /** Who signs what is to be issued; null where its key is not at hand, or nobody is yet. */
  readonly signer: Authority | null;
  readonly hosts: readonly HostPlan[];
}

/**
 * What the verb does, from what is wanted and what is there. Pure.
 * @throws UserError, exit code 3, when a step does not follow what is there, or there is nobody to sign what is due
 */
export function planCertificates(reading: CertificateReading): CertificatePlan {
  const phase = phaseOf(reading);
  switch (reading.step) {
    case undefined:
      return planRenewal(reading, phase);
    case "add":
      return planAdd(reading, phase);
    case "renew":
      return planRenew(reading, phase);
    case "drop":
      return planDrop(reading, phase);
  }
}

function refusal({ verb }: CertificateReading, phase: Phase, why: string, next?: string): UserError {
  return new UserError(`${PHASE_WORDS[phase]}: ${why}`, next ?? nextAfterPhase(phase, verb) ?? `${verb} --execute`, 3);
}

/** Keeps the certificates current: those that are missing, wrong or near their end are issued by the CA that signs now. */
function planRenewal(reading: CertificateReading, phase: Phase): CertificatePlan {
  const { issuer, next } = reading.authorities;
  // The bundles were taken away while a CA was being added: the newest CA begins anew.
  const promote = phase === "none" && issuer === null && next !== null;
  const signer = promote ? next : issuer;
  const make = phase === "none" && signer === null ? "issuer" : null;
  // While an exchange has renewed some, the rest is to come from the new CA too.
  const from = phase === "renewing" ? signer : null;
  const hosts = hostPlans(reading, from, (bundle) => bundle?.trust ?? trustOfPair(reading, signer));
  const due = hosts.some(({ leaves }) => leaves.some(({ why }) => why !== null));
  if (due && make === null) {
    if (signer === null) throw refusal(reading, phase, "there is no key to sign what is due");
    requireAlive(reading, phase, signer);
    if (!Object.values(reading.stored).every((one) => one === undefined || trusts(one, signer)))
      throw refusal(reading, phase, "what is due would come from a CA that a host does not trust");
  }
  return { phase, make, promote, signer, hosts };
}

function planAdd(reading: CertificateReading, phase: Phase): CertificatePlan {
  requireAllHosts(reading, phase, "there is nothing to exchange");
  if (phase === "renewing" || phase === "renewed") throw refusal(reading, phase, "another CA comes after that");
  const { issuer, next } = reading.authorities;
  const coming = phase === "adding" ? (next ?? issuer) : next;
  if (coming === null && !reading.own) {
    throw refusal(
      reading,
      phase,
      "the new CA is not there",
      `put its certificate and key in place of certificates.ca_file and certificates.ca_key_file, then: ${reading.verb} --exchange-ca add`,
    );
  }
  const added = coming === null ? [] : [rootOf(coming)];
  const hosts = hostPlans(reading, null, (bundle) => distinct([...(bundle?.trust ?? []), ...added])).map(keepAll);
  return { phase, make: coming === null ? "next" : null, promote: false, signer: null, hosts };
}

function planRenew(reading: CertificateReading, phase: Phase): CertificatePlan {
  requireAllHosts(reading, phase, "there is nothing to exchange");
  const { issuer, next } = reading.authorities;
  const signer = next ?? issuer;
  if (signer === null || phase === "adding" || phase === "no-key")
    throw refusal(reading, phase, "certificates of a CA come after every host trusts it");
  if (phase === "steady") throw refusal(reading, phase, "no other CA was added", `${reading.verb} --exchange-ca add`);
  requireAlive(reading, phase, signer);
  const hosts = hostPlans(reading, signer, (bundle) => bundle?.trust ?? []);
  return { phase, make: null, promote: phase === "added", signer, hosts };
}

function planDrop(reading: CertificateReading, phase: Phase): CertificatePlan {
  requireAllHosts(reading, phase, "there is nothing to exchange");
  const { issuer } = reading.authorities;
  if (issuer === null || (phase !== "renewed" && phase !== "steady"))
    throw refusal(reading, phase, "a CA is dropped when no certificate is from it any more");
  const hosts = hostPlans(reading, null, () => [rootOf(issuer)]).map(keepAll);
  return { phase, make: null, promote: false, signer: null, hosts };
}

function requireAllHosts(reading: CertificateReading, phase: Phase, why: string): void {
  const without = Object.keys(reading.wanted).filter((host) => reading.stored[host] === undefined);
  if (without.length > 0)
    throw refusal(reading, phase, `${without.join(" and ")} without: ${why}`, `${reading.verb} --execute`);
}

function requireAlive(reading: CertificateReading, phase: Phase, signer: Authority): void {
  const ended = signer.chain.map((one) => validity(new X509Certificate(one)).toMs).find((ms) => ms <= reading.nowMs);
  if (ended !== undefined)
    throw refusal(reading, phase, `the CA ended at ${moment(ended)}`, `${reading.verb} --exchange-ca add --execute`);
}

/** @param from the CA that every certificate is to come from; null: whichever has signed what is there */
function hostPlans(
  { wanted, stored, nowMs, madeBeforeMs }: CertificateReading,
  from: Authority | null,
  trustOf: (bundle: StackCertificates | undefined) => readonly string[],
): readonly HostPlan[] {
  return Object.entries(wanted).map(([host, leaves]) => {
    const bundle = stored[host];
    const planned = leaves.map((one): PlannedLeaf => {
      const leaf = bundle?.leaves[one.name];
      const { fault, toMs = null, certificate } = leafFacts(leaf, one, { trust: bundle?.trust ?? [] }, nowMs);
      const former = from !== null && leaf !== undefined && !isFrom(leaf.certificate, from);
      const madeMs = certificate && validity(certificate).fromMs + BACK_DATED_MS;
      const exchanged = madeBeforeMs !== undefined && madeMs !== undefined && madeMs < madeBeforeMs;
      const why = fault ?? (former ? "it is from the CA before" : exchanged ? "it is exchanged" : null);
      return { wanted: one, why, toMs };
    });
    return { host, leaves: planned, trust: trustOf(bundle) };
  });
}

function keepAll(plan: HostPlan): HostPlan {
  return { ...plan, leaves: plan.leaves.map((one) => ({ ...one, why: null })) };
}

/** Whom a host believes that has no certificates yet: whomever the other one does, and who signs. */
function trustOfPair({ stored }: CertificateReading, signer: Authority | null): readonly string[] {
  const theirs = Object.values(stored).flatMap((one) => one?.trust ?? []);
  return distinct([...theirs, ...(signer === null ? [] : [rootOf(signer)])]);
}

function distinct(pems: readonly string[]): readonly string[] {
  const seen = new Map(pems.map((one) => [new X509Certificate(one).fingerprint256, one]));
  return [...seen.values()];
}
