import { bounded } from "../../drills/hosts/bounded";
import type { HostEngine } from "../../drills/hosts/engine";
import { guardScript } from "../../drills/hosts/guard-script";
import { readInContainer } from "../../drills/hosts/run-in-container";
import { usesEncryption } from "../../settings/encryption";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { SERVICES } from "../../settings/services";
import { parseNote, type FoundEncryption, type PlainClient } from "./encryption-state";

const ASKED_MS = 20_000;
const FOLDER = SERVICES.redis.guardFolder;
/** The port of a container that takes plain connections. */
const PLAIN_PORT = SERVICES.redis.ports[0].inside;

/** Asks the server from inside its own container, so that nobody needs a password. */
const ASK = `bin=/understudy
${guardScript("redis-login.sh")}
printf 'note %s\\n' "$(cat ${FOLDER}/encryption 2>/dev/null || echo plain off)"
[ ! -f ${FOLDER}/plain-peer ] || echo plain-peer
for type in normal pubsub; do
  ask_redis 5 client list type "$type" | sed 's/^/client /'
done`;

/** Asks a host how its Redis encrypts, and who comes plain; undefined where its container cannot be asked. */
export async function readRedisEncryption(
  host: NamedHost,
  { docker }: HostEngine,
): Promise<FoundEncryption | undefined> {
  try {
    const reading = readInContainer(docker, containerName("redis"), ["sh", "-c", ASK], ASKED_MS);
    return parseRedisEncryption(await bounded(`${host.name}: Docker engine`, ASKED_MS, reading));
  } catch {
    return undefined;
  }
}

/** Reads what the question in the container printed. Pure. */
export function parseRedisEncryption(text: string): FoundEncryption {
  const lines = text.split("\n").map((line) => line.trim());
  const note = parseNote(/^note (.*)$/m.exec(text)?.[1]?.trim() ?? "");
  return {
    ...note,
    waitsForPeer: usesEncryption(note.mode) && lines.includes("plain-peer"),
    plain: plainClients(lines.flatMap((line) => (line.startsWith("client id=") ? [fieldsOf(line)] : []))),
  };
}

/**
 * Whom `CLIENT LIST` has on the plain port, from outside of the container. The question itself is in the list, so an empty
 * one was not answered: null, as where a server does not say on which of its ports a client is (`laddr`, from Redis 6.2 on).
 */
function plainClients(clients: readonly ReadonlyMap<string, string>[]): readonly PlainClient[] | null {
  if (clients.length === 0) return null;
  const found = new Map<string, PlainClient>();
  for (const client of clients) {
    const at = /^(.*):(\d+)$/.exec(client.get("addr") ?? "");
    const port = /:(\d+)$/.exec(client.get("laddr") ?? "")?.[1];
    const address = at?.[1]?.replace(/^\[(.*)\]$/, "$1");
    // Those of the container itself: by its socket, which is written as a path, or by its loopback.
    if (address === undefined || address.startsWith("/") || address === "127.0.0.1" || address === "::1") continue;
    if (port === undefined) return null;
    if (Number(port) !== PLAIN_PORT) continue;
    const [role, application] = [client.get("user") ?? "", client.get("name") ?? ""];
    const key = JSON.stringify([role, application, address]);
    found.set(key, { role, application, address, sessions: (found.get(key)?.sessions ?? 0) + 1 });
  }
  return [...found.values()];
}

function fieldsOf(line: string): ReadonlyMap<string, string> {
  return new Map(line.split(" ").map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]));
}
