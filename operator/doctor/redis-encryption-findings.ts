import { bounded } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { readInContainer } from "../../drills/hosts/run-in-container";
import { usesEncryption } from "../../settings/encryption";
import type { Environment } from "../../settings/environment";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { SERVICES } from "../../settings/services";
import { parseNote, type FoundEncryption } from "../lifecycle/encryption-state";
import { good, problem, type Finding } from "./finding";

const CHECK = "encryption of Redis";
const ASKED_MS = 10_000;

/** How a host's Redis encrypts, as its boot guard noted it last. */
export type FoundRedisEncryption = Omit<FoundEncryption, "plain">;

/** How Redis of a host encrypts; nothing where its container cannot be asked. */
export async function redisEncryptionFindings(host: NamedHost, environment: Environment): Promise<readonly Finding[]> {
  const engine = connectEngine(host);
  const folder = SERVICES.redis.guardFolder;
  const words = `cat ${folder}/encryption 2>/dev/null || echo plain off; [ ! -f ${folder}/plain-peer ] || echo plain-peer`;
  try {
    const reading = readInContainer(engine.docker, containerName("redis"), ["sh", "-c", words]);
    const [noted = "", peer] = (await bounded(`${host.name}: Docker engine`, ASKED_MS, reading)).split("\n");
    const note = parseNote(noted);
    const waitsForPeer = usesEncryption(note.mode) && peer === "plain-peer";
    return [redisEncryptionFinding(host.name, environment, { ...note, waitsForPeer })];
  } catch {
    return [];
  } finally {
    engine.close();
  }
}

/** What is said of how a host's Redis encrypts. Pure. */
export function redisEncryptionFinding(
  host: string,
  { encryption }: Pick<Environment, "encryption">,
  { mode, encrypts, why, waitsForPeer }: FoundRedisEncryption,
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
  switch (mode) {
    case "required":
      return good(CHECK, host, "Redis takes no plain connection from elsewhere");
    case "used":
      return problem(CHECK, host, "Redis takes both, and clients may be plain", REQUIRE);
    case "accepted":
      return problem(CHECK, host, "Redis takes both, and our own sessions are plain", USE);
  }
}

const UP = "understudy up --execute";
const CERTIFICATES = "understudy certificates --execute, then understudy up --execute";
const USE = "encryption: used in the environment file, then understudy up --execute";
const REQUIRE = "once no client is plain, encryption: required in the environment file, then understudy up --execute";
