import { X509Certificate } from "node:crypto";
import { commonName, leafFacts, moment, readChain, validity } from "../../settings/certificates/facts";
import { CERTIFICATE_KEYS, parseCertificates } from "../../settings/certificates/stored";
import { wantedLeaves } from "../../settings/certificates/wanted";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import type { HostStack } from "../failover/pair-stacks";
import type { ConfigValues } from "./secret-config";

const DAY_MS = 86_400_000;
/** A CA that ends sooner is exchanged now: what it signs would not live its year. */
const EXCHANGE_DAYS = 400;

/** One certificate of a host, or a CA that it believes, and when it ends. */
export interface Expiry {
  readonly kind: "leaf" | "ca";
  /** The key of a leaf, the common name of a CA. */
  readonly name: string;
  readonly toMs: number;
}

/** What a stack's config says of its host's certificates. */
export type CertificateState =
  | { readonly kind: "none" }
  | { readonly kind: "unreadable"; readonly why: string }
  | {
      readonly kind: "read";
      readonly expiries: readonly Expiry[];
      readonly faults: readonly string[];
      readonly oldCas: readonly string[];
    };

/** Reads the certificates of every host, by its name, from the stacks. @throws Error of the engine */
export async function certificateStates(
  environment: Environment,
  stacks: readonly HostStack[],
): Promise<Readonly<Record<string, CertificateState>>> {
  const nowMs = Date.now();
  const read = await Promise.all(
    stacks.map(async ({ host, stack }) => {
      const state = certificateState(await stack.getAllConfig(), { environment, host }, nowMs);
      return [host.name, state] as const;
    }),
  );
  return Object.fromEntries(read);
}

/** Reads the certificates of one host from its stack's config: every end, and what is due. Pure but for the clock, which is an argument. */
export function certificateState(
  config: ConfigValues,
  { environment, host }: { readonly environment: Environment; readonly host: NamedHost },
  nowMs: number,
): CertificateState {
  const entry = config[`understudy:${CERTIFICATE_KEYS.certificates}`];
  if (entry === undefined) return { kind: "none" };
  if (entry.secret !== true) return { kind: "unreadable", why: "they are not encrypted" };
  const bundle = parseCertificates(entry.value);
  if (bundle === undefined) return { kind: "unreadable", why: "they cannot be understood" };
  try {
    const trust = bundle.trust.map((one) => new X509Certificate(one));
    const cas = trust.map((one): Expiry => ({ kind: "ca", name: commonName(one), toMs: validity(one).toMs }));
    const leaves = Object.entries(bundle.leaves).flatMap(([name, { certificate }]): readonly Expiry[] => {
      const [leaf] = readChain(certificate);
      return leaf === undefined ? [] : [{ kind: "leaf", name, toMs: validity(leaf).toMs }];
    });
    const faults = wantedLeaves(environment, host).flatMap((wanted) => {
      const { fault } = leafFacts(bundle.leaves[wanted.name], wanted, bundle, nowMs);
      return fault === null ? [] : [`${wanted.name}: ${fault}`];
    });
    const ending = cas.filter(({ toMs }) => toMs - nowMs < EXCHANGE_DAYS * DAY_MS);
    const oldCas = ending.map(({ name, toMs }) => `${name} ${toMs <= nowMs ? "ended" : "ends"} at ${moment(toMs)}`);
    return { kind: "read", expiries: [...cas, ...leaves], faults, oldCas };
  } catch {
    return { kind: "unreadable", why: "one of them cannot be read" };
  }
}
