import { connectEngine } from "../../drills/hosts/engine";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import { listPlain, type FoundEncryption } from "../lifecycle/encryption-state";
import { readRedisEncryption } from "../lifecycle/redis-encryption-state";
import { good, problem, unknown, type Finding } from "./finding";

const CHECK = "encryption of Redis";

/** How Redis of a host encrypts, and who still comes plain; nothing where its container cannot be asked. */
export async function redisEncryptionFindings(host: NamedHost, environment: Environment): Promise<readonly Finding[]> {
  const engine = connectEngine(host);
  try {
    const found = await readRedisEncryption(host, engine);
    return found === undefined ? [] : [redisEncryptionFinding(host.name, environment, found)];
  } finally {
    engine.close();
  }
}

/** What is said of how a host's Redis encrypts. Pure. */
export function redisEncryptionFinding(
  host: string,
  { encryption }: Pick<Environment, "encryption">,
  { mode, encrypts, why, waitsForPeer, plain }: FoundEncryption,
): Finding {
  if (encryption !== undefined && encryption !== mode)
    return problem(CHECK, host, `Redis is ${mode}, the environment file says ${encryption}`, UP);
  if (mode === "plain") return good(CHECK, host, "Redis is plain: what goes to and from it can be read on the way");
  if (!encrypts) {
    const words = mode === "required" ? ", and lets nobody in from elsewhere" : "";
    return problem(CHECK, host, `Redis does not encrypt${words}: ${why}`, CERTIFICATES);
  }
  if (why !== "") return problem(CHECK, host, why, CERTIFICATES);
  if (waitsForPeer)
    return problem(
      CHECK,
      host,
      "the other host's Redis was not seen to encrypt yet: it is asked and followed plain",
      UP,
    );
  if (plain === null)
    return unknown(CHECK, host, `${mode}; who still comes plain cannot be asked`, "understudy status");
  const listed = plain.length === 0 ? "nobody comes plain now" : `still plain: ${listPlain(plain)}`;
  switch (mode) {
    case "required":
      return plain.length === 0
        ? good(CHECK, host, "Redis takes no plain connection from elsewhere")
        : problem(CHECK, host, `Redis takes no plain connection any more; ${listed}`, "end these sessions");
    case "used":
      return problem(CHECK, host, `Redis takes both; ${listed}`, REQUIRE);
    case "accepted":
      return problem(CHECK, host, `Redis takes both, and our own sessions are plain; ${listed}`, USE);
  }
}

const UP = "understudy up --execute";
const CERTIFICATES = "understudy certificates --execute, then understudy up --execute";
const USE = "encryption: used in the environment file, then understudy up --execute";
const REQUIRE = "once no client is plain, encryption: required in the environment file, then understudy up --execute";
