import { connectEngine } from "../../drills/hosts/engine";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import { listPlain, readEncryption, type FoundEncryption } from "../lifecycle/encryption-state";
import { good, problem, unknown, type Finding } from "./finding";

const CHECK = "encryption";

/** How PostgreSQL of a host encrypts, and who still comes plain; nothing where its container cannot be asked. */
export async function encryptionFindings(host: NamedHost, environment: Environment): Promise<readonly Finding[]> {
  const engine = connectEngine(host);
  try {
    const finding = encryptionFinding(host.name, environment, await readEncryption(host, engine));
    return finding === undefined ? [] : [finding];
  } finally {
    engine.close();
  }
}

/** What is said of how a host encrypts; undefined where nobody could say. Pure. */
export function encryptionFinding(
  host: string,
  { encryption }: Pick<Environment, "encryption">,
  found: FoundEncryption | undefined,
): Finding | undefined {
  if (found === undefined) return undefined;
  const { mode, encrypts, why, waitsForPeer, plain } = found;
  if (encryption !== undefined && encryption !== mode)
    return problem(CHECK, host, `PostgreSQL is ${mode}, the environment file says ${encryption}`, UP);
  if (mode === "plain")
    return good(CHECK, host, "PostgreSQL is plain: what goes to and from it can be read on the way");
  if (!encrypts) {
    const words = `PostgreSQL does not encrypt${mode === "required" ? ", and lets nobody in from elsewhere" : ""}: ${why}`;
    return problem(CHECK, host, words, "understudy certificates --execute, then understudy up --execute");
  }
  if (why !== "") return problem(CHECK, host, why, "understudy certificates --execute, then understudy up --execute");
  if (waitsForPeer)
    return problem(CHECK, host, "the other host was not seen to encrypt yet: it is asked and followed plain", UP);
  if (plain === null)
    return unknown(CHECK, host, `${mode}; who still comes plain cannot be asked`, "understudy status");
  const listed = plain.length === 0 ? "nobody comes plain now" : `still plain: ${listPlain(plain)}`;
  switch (mode) {
    case "required":
      return plain.length === 0
        ? good(CHECK, host, "PostgreSQL lets nobody in plain from elsewhere")
        : problem(CHECK, host, `PostgreSQL lets nobody in plain any more; ${listed}`, "end these sessions");
    case "used":
      return problem(CHECK, host, `PostgreSQL takes both; ${listed}`, REQUIRE);
    case "accepted":
      return problem(CHECK, host, `PostgreSQL takes both, and our own sessions are plain; ${listed}`, USE);
  }
}

const UP = "understudy up --execute";
const USE = "encryption: used in the environment file, then understudy up --execute";
const REQUIRE = "once no client is plain, encryption: required in the environment file, then understudy up --execute";
