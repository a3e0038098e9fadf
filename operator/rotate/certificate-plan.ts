import type { Role } from "../../settings/pair";
import { PHASE_WORDS, type ExchangeStep, type Phase } from "../certificates/exchange";

/** Whether something is what the stack's config says; `unknown` could not be read, null is not there in this mode. */
export type Matches = "new" | "old" | "unknown";

/** What is seen of one host's certificates, held against its stack's config. */
export interface CertificateFacts {
  readonly host: string;
  readonly stack: string;
  readonly role: Role;
  /** When the oldest certificate in the config was made, and the newest; ms since 1970. */
  readonly oldestMs: number;
  readonly newestMs: number;
  /** The certificates in the files of its containers. */
  readonly files: Matches;
  /** Whom these believe; `more`: all that the config says, and another one too. */
  readonly trust: Matches | "more";
  /** The certificates that its stores show now. */
  readonly postgres: Matches | null;
  readonly redis: Matches | null;
}

/** One step; each may be done again and again. */
export type CertificateStep =
  /** Certificates that were made before that moment are made anew, in both configs. */
  | { readonly kind: "issue"; readonly beforeMs: number }
  /** One step of the exchange of the CA, in both configs. */
  | { readonly kind: "ca"; readonly step: ExchangeStep }
  /** The host has what its config has. */
  | { readonly kind: "files"; readonly host: string }
  /** Its stores are seen to show it. */
  | { readonly kind: "see"; readonly host: string };

/** What is left to do, in order; `later` waits for the operator's word that every client believes the new CA. */
export interface CertificateRotation {
  readonly steps: readonly CertificateStep[];
  readonly later: readonly CertificateStep[];
  readonly underWay: boolean;
}

/** Why it cannot be done, and what to do first. */
export interface CertificateRefusal {
  readonly refused: string;
  readonly next: string;
}

/** Certificates of one exchange are made within this time, ms; a run that was interrupted for longer makes some again. */
const TOGETHER_MS = 3_600_000;

type Plan = CertificateRotation | CertificateRefusal;

/**
 * The steps that are left until both hosts show certificates that were made anew. It has begun where a host does not have
 * what its config has: then only those are made that were not made with the newest of these, so that a host with one half
 * of a renewal is brought on, whichever half that is. Pure.
 */
export function planLeaves(phase: Phase, hosts: readonly CertificateFacts[], nowMs: number): Plan {
  const refused = refusalOf(phase, hosts);
  if (refused !== undefined) return refused;
  if (phase !== "steady")
    return { refused: PHASE_WORDS[phase], next: "understudy rotate ca --execute, which ends that first" };
  const pending = hosts.filter((one) => !isCurrent(one));
  const underWay = pending.length > 0;
  const beforeMs = underWay ? Math.max(...pending.map(({ newestMs }) => newestMs)) - TOGETHER_MS : nowMs;
  const due = hosts.filter(({ oldestMs }) => oldestMs < beforeMs);
  const issue: readonly CertificateStep[] = due.length === 0 ? [] : [{ kind: "issue", beforeMs }];
  return { steps: [...issue, ...bring(hosts)], later: [], underWay };
}

/**
 * The steps that are left of an exchange of the CA, from how far both configs and both hosts are. Whatever is written into
 * the configs is brought to both hosts before the next is: so at every moment each host believes what the other one shows.
 * Pure.
 * @param waits clients may not believe the new CA yet: no certificate of it is shown
 */
export function planAuthority(phase: Phase, hosts: readonly CertificateFacts[], waits: boolean): Plan {
  const refused = refusalOf(phase, hosts);
  if (refused !== undefined) return refused;
  const pending = hosts.filter((one) => !isCurrent(one));
  const to = (step: ExchangeStep): readonly CertificateStep[] => [{ kind: "ca", step }, ...bring(hosts)];
  const rest = [...to("renew"), ...to("drop")];
  const split = (steps: readonly CertificateStep[], later: readonly CertificateStep[]): CertificateRotation =>
    waits ? { steps, later, underWay } : { steps: [...steps, ...later], later: [], underWay };
  const underWay = phase !== "steady" && phase !== "no-key";
  switch (phase) {
    case "none":
      return { refused: PHASE_WORDS.none, next: "understudy certificates --execute" };
    case "steady":
      if (pending.length === 0) return split(to("add"), rest);
      // The last part: nothing but whom a host believes is left.
      if (pending.every(({ files, trust }) => files === "new" && trust === "more"))
        return { steps: bring(hosts), later: [], underWay: true };
      return {
        refused: `${pending.map(({ host }) => host).join(" and ")} does not have the certificates of the config`,
        next: "understudy rotate certificates --execute, which ends that first",
      };
    case "no-key":
    case "adding":
      return split(to("add"), rest);
    case "added":
      return split(pending.length === 0 ? [] : bring(hosts), rest);
    case "renewing":
    case "renewed":
      if (hosts.some(({ trust }) => trust === "old"))
        return {
          refused: `${hosts.flatMap(({ host, trust }) => (trust === "old" ? [host] : [])).join(" and ")} does not believe the new CA yet, whose certificates are in the configs`,
          next: "understudy up --execute: until it has ended the hosts may refuse each other",
        };
      return phase === "renewing"
        ? { steps: rest, later: [], underWay }
        : { steps: [...(pending.length === 0 ? [] : bring(hosts)), ...to("drop")], later: [], underWay };
  }
}

/** Files first, the standby's before the primary's, then what is seen of them. */
function bring(hosts: readonly CertificateFacts[]): readonly CertificateStep[] {
  const sorted = [...hosts].sort(({ role: one }, { role: other }) => rank(one) - rank(other));
  return (["files", "see"] as const).flatMap((kind) => sorted.map(({ host }) => ({ kind, host })));
}

const rank = (role: Role): number => Number(role === "primary");

/** Whether a host has, and shows, what its config has. */
export function isCurrent({ files, trust, postgres, redis }: CertificateFacts): boolean {
  return [files, trust, postgres, redis].every((one) => one === null || one === "new");
}

function refusalOf(phase: Phase, hosts: readonly CertificateFacts[]): CertificateRefusal | undefined {
  const next = "understudy doctor";
  if (phase === "none") return undefined;
  const primaries = hosts.filter(({ role }) => role === "primary");
  if (primaries.length !== 1)
    return { refused: `one host is to be primary, and ${String(primaries.length)} are`, next };
  for (const { host, files, trust, postgres, redis } of hosts) {
    if (files === "unknown" || trust === "unknown") return { refused: `the files of ${host} cannot be read`, next };
    for (const [store, shows] of Object.entries({ PostgreSQL: postgres, Redis: redis }))
      if (shows === "unknown") return { refused: `${store} of ${host} shows no certificate`, next };
  }
  return undefined;
}

/** A step in words. */
export function certificateStepWords(step: CertificateStep): string {
  switch (step.kind) {
    case "issue":
      return "both stacks: certificates are made anew";
    case "ca":
      return {
        add: "both stacks: the new CA is believed beside the old one",
        renew: "both stacks: every certificate is made by the new CA",
        drop: "both stacks: the old CA is believed no more",
      }[step.step];
    case "files":
      return `${step.host}: its containers are given what its config has, and read it`;
    case "see":
      return `${step.host}: its stores are seen to show it`;
  }
}
