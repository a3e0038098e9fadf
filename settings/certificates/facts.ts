import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { StackCertificates, StoredLeaf } from "./stored";
import type { WantedLeaf } from "./wanted";

/** A leaf is renewed when less than this part of its life is left. */
const RENEW_PART = 1 / 3;

const BLOCK = /-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----\n?/g;

/** The certificates of a PEM text, in its order. @throws Error when one of them is none */
export function readChain(pem: string): readonly X509Certificate[] {
  return (pem.match(BLOCK) ?? []).map((one) => new X509Certificate(one));
}

/** Whether one certificate has signed the other: by name and by key. */
export function hasSigned(authority: X509Certificate, one: X509Certificate): boolean {
  return one.checkIssued(authority) && one.verify(authority.publicKey);
}

/** When a certificate begins and ends, ms since the epoch. */
export function validity(one: X509Certificate): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: Date.parse(one.validFrom), toMs: Date.parse(one.validTo) };
}

/** The common name of a certificate's subject; empty when it has none. */
export function commonName({ subject }: X509Certificate): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? "";
}

/** The first certificate of a chain up to one of those trusted; undefined when it leads to none of them. */
function anchorOf(chain: readonly X509Certificate[], trust: readonly X509Certificate[]): X509Certificate | undefined {
  const [leaf, ...between] = chain;
  let top = leaf;
  for (const one of between) {
    if (top === undefined || !one.ca || !hasSigned(one, top)) return undefined;
    top = one;
  }
  return top && trust.find((one) => hasSigned(one, top));
}

/** How a certificate that a host has stands to the one that it is to have. */
export interface LeafFacts {
  /** What is wrong with it, so that it must be replaced; null when nothing is. */
  readonly fault: string | null;
  /** Undefined when it cannot be read. */
  readonly toMs: number | undefined;
  /** Who signed it: the last of its chain, to be held against a CA. */
  readonly certificate: X509Certificate | undefined;
}

/** Reads a certificate of a host's bundle and says why it is due, if it is. Pure but for the clock, which is an argument. */
export function leafFacts(
  leaf: StoredLeaf | undefined,
  wanted: WantedLeaf,
  { trust }: Pick<StackCertificates, "trust">,
  nowMs: number,
): LeafFacts {
  if (leaf === undefined) return { fault: "there is none", toMs: undefined, certificate: undefined };
  try {
    const chain = readChain(leaf.certificate);
    const [certificate] = chain;
    if (certificate === undefined) throw new Error("no certificate");
    const anchor = anchorOf(chain, trust.flatMap(readChain));
    const fault = certificate.checkPrivateKey(createPrivateKey(leaf.key))
      ? (timeFault(certificate, nowMs) ?? anchorFault(anchor, nowMs) ?? nameFault(certificate, wanted))
      : "its key belongs to another certificate";
    return { fault, toMs: validity(certificate).toMs, certificate };
  } catch {
    return { fault: "it cannot be read", toMs: undefined, certificate: undefined };
  }
}

/** A moment as people read it, to the second. */
export function moment(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

function timeFault(certificate: X509Certificate, nowMs: number): string | null {
  const { fromMs, toMs } = validity(certificate);
  if (nowMs >= toMs) return `it ended at ${moment(toMs)}`;
  if (nowMs < fromMs) return `it begins at ${moment(fromMs)} only`;
  return toMs - nowMs < (toMs - fromMs) * RENEW_PART
    ? `less than a third of its life is left: it ends at ${moment(toMs)}`
    : null;
}

function anchorFault(anchor: X509Certificate | undefined, nowMs: number): string | null {
  if (anchor === undefined) return "no CA that this host trusts has signed it";
  const { toMs } = validity(anchor);
  return nowMs >= toMs ? `the CA that signed it ended at ${moment(toMs)}` : null;
}

function nameFault(certificate: X509Certificate, wanted: WantedLeaf): string | null {
  if (commonName(certificate) !== wanted.commonName) return `it is for ${commonName(certificate) || "nobody"}`;
  const lacks = wanted.names.filter((name) => !standsFor(certificate, name));
  if (lacks.length > 0) return `it does not stand for ${lacks.join(", ")}`;
  const has = certificate.subjectAltName?.split(", ").length ?? 0;
  return has > wanted.names.length ? "it stands for names that the host no longer has" : null;
}

function standsFor(certificate: X509Certificate, name: string): boolean {
  const found = isIP(name) === 0 ? certificate.checkHost(name, { subject: "never" }) : certificate.checkIP(name);
  return found !== undefined;
}
