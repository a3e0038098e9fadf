import { X509Certificate } from "node:crypto";
import { bounded } from "../../drills/hosts/bounded";
import { connectEngine, type HostEngine } from "../../drills/hosts/engine";
import { readInContainer } from "../../drills/hosts/run-in-container";
import { shownCertificate } from "../../drills/hosts/shown-certificate";
import { readChain, validity } from "../../settings/certificates/facts";
import { BACK_DATED_MS } from "../../settings/certificates/issue";
import type { StackCertificates } from "../../settings/certificates/stored";
import { SERVER_LEAF } from "../../settings/certificates/wanted";
import { encryptionOf } from "../../settings/encryption";
import type { Environment } from "../../settings/environment";
import { containerName, filePath } from "../../settings/names";
import { namedHosts, type NamedHost, type Role } from "../../settings/pair";
import type { ContainerName } from "../../settings/services";
import type { CertificateFacts, Matches } from "./certificate-plan";

const READ_MS = 20_000;

/** A file with the certificate that a container shows, and one with whom it believes. */
interface Place {
  readonly container: ContainerName;
  readonly server: string;
  readonly trust: string;
}

/** Where a host's certificates are looked for: what clients and the other host connect to. Pure. */
export function certificatePlaces(environment: Environment): readonly Place[] {
  const stores = (["timescaledb", "redis"] as const).map((container) => ({
    ...{ container, server: "server.crt", trust: "ca.crt" },
  }));
  const front = { container: "front" as const, server: "front/server.pem", trust: "front/ca.pem" };
  return namedHosts(environment).length > 1 ? [...stores, front] : stores;
}

/** One host, what it plays, and what its stack's config has for it. */
export interface CertifiedHost {
  readonly host: NamedHost;
  readonly role: Role;
  readonly bundle: StackCertificates | undefined;
}

/** What a host has and shows, held against its config. Changes nothing; what cannot be read is `unknown`. */
export async function readCertificateFacts(
  { host, role, bundle }: CertifiedHost,
  environment: Environment,
): Promise<CertificateFacts> {
  const engine = connectEngine(host);
  const named = { host: host.name, stack: host.stack, role };
  try {
    const [found, postgres, redis] = await Promise.all([
      Promise.all(certificatePlaces(environment).map((place) => readPlace(engine, place))).catch(() => undefined),
      shown(host.address, environment.ports.postgres, "postgres", bundle),
      shown(host.address, environment.ports.redis_tls, "redis", bundle),
    ]);
    const encrypts = encryptionOf(environment, bundle !== undefined) !== "plain";
    return {
      ...named,
      ...ages(bundle),
      files: found === undefined ? "unknown" : filesMatch(found, bundle),
      trust: found === undefined ? "unknown" : trustMatches(found, bundle),
      ...(encrypts ? { postgres, redis } : { postgres: null, redis: null }),
    };
  } finally {
    engine.close();
  }
}

/** When the oldest of a host's certificates was made, and the newest, ms since 1970. Pure. */
export function ages(bundle: StackCertificates | undefined): { readonly oldestMs: number; readonly newestMs: number } {
  const made = Object.values(bundle?.leaves ?? {}).map(
    ({ certificate }) => validity(new X509Certificate(certificate)).fromMs + BACK_DATED_MS,
  );
  return { oldestMs: Math.min(...made), newestMs: Math.max(...made) };
}

/** The certificates of two files, by their fingerprints; none where there is no such file. */
export interface FoundPlace {
  readonly server: readonly string[];
  readonly trust: readonly string[];
}

/** Prints the certificates of a file, and of a key beside them nothing. */
const PRINT = `[ ! -f "$1" ] || sed -n '/-BEGIN CERTIFICATE-/,/-END CERTIFICATE-/p' "$1"`;

async function readPlace({ docker }: HostEngine, { container, server, trust }: Place): Promise<FoundPlace> {
  const read = async (file: string): Promise<readonly string[]> => {
    const words = ["sh", "-c", PRINT, "sh", filePath(file)];
    return fingerprints(await readInContainer(docker, containerName(container), words, READ_MS));
  };
  const [shows, believes] = await Promise.all([read(server), read(trust)]);
  return { server: shows, trust: believes };
}

/** The SHA-256 fingerprints of the certificates in a text. Pure. @throws Error when one cannot be read */
export function fingerprints(text: string): readonly string[] {
  return readChain(text).map((one) => one.fingerprint256);
}

/** Whether all of them show the server's certificate of the config. Pure. */
export function filesMatch(found: readonly FoundPlace[], bundle: StackCertificates | undefined): Matches {
  const [wanted] = fingerprints(bundle?.leaves[SERVER_LEAF]?.certificate ?? "");
  return found.every(({ server: [first] }) => first !== undefined && first === wanted) ? "new" : "old";
}

/** Whether all of them believe whom the config says, and nobody else. Pure. */
export function trustMatches(
  found: readonly FoundPlace[],
  bundle: StackCertificates | undefined,
): CertificateFacts["trust"] {
  const wanted = (bundle?.trust ?? []).flatMap(fingerprints);
  if (!found.every(({ trust }) => wanted.every((one) => trust.includes(one)))) return "old";
  return found.every(({ trust }) => trust.every((one) => wanted.includes(one))) ? "new" : "more";
}

async function shown(
  address: string,
  port: number,
  greeting: "postgres" | "redis",
  bundle: StackCertificates | undefined,
): Promise<Matches> {
  try {
    const [wanted] = fingerprints(bundle?.leaves[SERVER_LEAF]?.certificate ?? "");
    const now = await bounded(`${address}: ${greeting}`, READ_MS, shownCertificate({ address, port }, greeting));
    return now === wanted ? "new" : "old";
  } catch {
    return "unknown";
  }
}
