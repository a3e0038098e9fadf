import { X509Certificate } from "node:crypto";
import { hasSigned, readChain } from "../../settings/certificates/facts";
import type { Authority, StackCertificates } from "../../settings/certificates/stored";

/** The steps in which a pair changes its CA, in their order; between two of them every host takes in what was changed. */
export const EXCHANGE_STEPS = ["add", "renew", "drop"] as const;

/** One step of the exchange of the CA: hosts trust the new one too; certificates come from it; the old one is no longer trusted. */
export type ExchangeStep = (typeof EXCHANGE_STEPS)[number];

/** The CAs whose keys are at hand. */
export interface KnownAuthorities {
  /** Signs now; null when its key is lost, or was replaced by that of `next`. */
  readonly issuer: Authority | null;
  /** Signs once every host trusts it. */
  readonly next: Authority | null;
}

/** What there is of each host's certificates, and of CAs. */
export interface StoredOfPair {
  /** By host, in the order of the environment file; undefined where the stack has none. */
  readonly stored: Readonly<Record<string, StackCertificates | undefined>>;
  readonly authorities: KnownAuthorities;
}

/**
 * How far a pair is: `none` has no certificates; `no-key` has some, and no CA key to renew them with; `steady` believes one
 * CA, which signed all of them. The others are an exchange: `adding` until every host trusts the new CA, then `added`;
 * `renewing` until every certificate is from it, then `renewed`.
 */
export type Phase = "none" | "no-key" | "steady" | "adding" | "added" | "renewing" | "renewed";

/** What each phase means, for people. */
export const PHASE_WORDS: Readonly<Record<Phase, string>> = {
  none: "no host has certificates",
  "no-key": "the hosts have certificates, and the key of their CA is not at hand",
  steady: "every host trusts one CA, which signed its certificates",
  adding: "exchange of the CA: not every host trusts the new one",
  added: "exchange of the CA: every host trusts both, and the certificates are the old one's",
  renewing: "exchange of the CA: every host trusts both, and some certificates are still the old one's",
  renewed: "exchange of the CA: every certificate is the new one's, and the old one is still trusted",
};

/** The certificate that a host must believe to believe what a CA signs: the top of its chain. */
export function rootOf({ chain }: Authority): string {
  return chain.at(-1) ?? "";
}

/** Whether a host believes a CA. */
export function trusts({ trust }: StackCertificates, authority: Authority): boolean {
  const root = new X509Certificate(rootOf(authority)).fingerprint256;
  return trust.some((one) => new X509Certificate(one).fingerprint256 === root);
}

/** Whether a certificate, with what stands after it, was signed by a CA; false when it cannot be read. */
export function isFrom(pem: string, { chain }: Authority): boolean {
  try {
    const [leaf] = readChain(pem);
    return leaf !== undefined && hasSigned(new X509Certificate(chain[0] ?? ""), leaf);
  } catch {
    return false;
  }
}

/** How far a pair is. Pure. */
export function phaseOf({ stored, authorities: { issuer, next } }: StoredOfPair): Phase {
  const bundles = Object.values(stored).filter((one) => one !== undefined);
  const coming = next ?? issuer;
  if (bundles.length === 0) return "none";
  if (coming === null) return "no-key";
  const trusted = bundles.every((one) => trusts(one, coming));
  if (next !== null || !trusted) return trusted ? "added" : "adding";
  const leaves = bundles.flatMap((one) => Object.values(one.leaves));
  if (!leaves.every((one) => isFrom(one.certificate, coming))) return "renewing";
  return bundles.every(({ trust }) => trust.length === 1) ? "steady" : "renewed";
}

/**
 * The part that the team's own CA, read from its file, plays: it is `next` where the hosts have certificates, and none of
 * them is from it or not every host trusts it. Pure.
 */
export function placeOfFile(stored: StoredOfPair["stored"], authority: Authority): KnownAuthorities {
  const bundles = Object.values(stored).filter((one) => one !== undefined);
  const leaves = bundles.flatMap((one) => Object.values(one.leaves));
  const inUse =
    bundles.every((one) => trusts(one, authority)) && leaves.some((one) => isFrom(one.certificate, authority));
  return bundles.length === 0 || inUse ? { issuer: authority, next: null } : { issuer: null, next: authority };
}

/** What follows a phase, as commands; null where nothing does. */
export function nextAfterPhase(phase: Phase, verb: string): string | null {
  const step = (name: ExchangeStep): string => `${verb} --exchange-ca ${name} --execute`;
  switch (phase) {
    case "none":
      return `${verb} --execute`;
    case "no-key":
    case "adding":
      return step("add");
    case "added":
      return `understudy up --execute; then, with both hosts up: ${step("renew")}`;
    case "renewing":
      return step("renew");
    case "renewed":
      return `understudy up --execute; then, with both hosts up: ${step("drop")}`;
    case "steady":
      return null;
  }
}
