import { issueLeaf, LEAF_DAYS } from "../../settings/certificates/issue";
import type { Authority, StackCertificates, StoredLeaf } from "../../settings/certificates/stored";
import { SERVER_LEAF, wantedOfAll, type WantedLeaf } from "../../settings/certificates/wanted";
import { rootOf } from "../../operator/certificates/exchange";
import type { Environment } from "../../settings/environment";

/** A day in ms. */
export const DAY_MS = 86_400_000;
/** The life of a certificate in ms. */
export const LIFE_MS = LEAF_DAYS * DAY_MS;

/** A server's certificate for names of a test's own. */
export function serverLeaf(...names: readonly string[]): WantedLeaf {
  return { name: SERVER_LEAF, use: "server", commonName: "host-a", names };
}

/** The certificates that a host of an environment is to have, all issued by one CA. */
export async function bundleFrom(
  environment: Environment,
  host: string,
  authority: Authority,
  nowMs: number,
  trust: readonly Authority[] = [authority],
): Promise<StackCertificates> {
  const leaves: Record<string, StoredLeaf> = {};
  for (const wanted of wantedOfAll(environment)[host] ?? [])
    leaves[wanted.name] = await issueLeaf(wanted, authority, nowMs);
  return { version: 1, trust: trust.map(rootOf), leaves };
}
