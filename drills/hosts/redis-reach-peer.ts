import { containerName } from "../../settings/names";
import type { HostSessions } from "./sessions";
import { runInContainer } from "./run-in-container";

/** Where this host's Redis will replicate from, with the very password that it would use; asks and changes nothing. */
const REACH_PEER = `REDISCLI_AUTH=$(cat /understudy/secrets/redis)
export REDISCLI_AUTH
master=$(redis-cli CONFIG GET masterauth | sed -n 2p)
[ -n "$master" ] || { echo "no masterauth is set" >&2; exit 1; }
said=$(REDISCLI_AUTH=$master timeout 3 redis-cli -h "$UNDERSTUDY_PEER_ADDRESS" -p "$UNDERSTUDY_PEER_PORT" role 2>&1 </dev/null | head -n 1)
case $said in
  master | slave) echo "$said" ;;
  *) echo "\${said:-no answer within 3 s}" >&2; exit 1 ;;
esac`;

/**
 * Whether the Redis of this host can log in to its peer's, from inside its own container, as it must once it follows it.
 * @returns what the peer says it is
 * @throws Error with what was heard instead
 */
export async function reachPeerRedis({ engine, host }: Pick<HostSessions, "engine" | "host">): Promise<string> {
  try {
    return (await runInContainer(engine.docker, containerName("redis"), ["sh", "-c", REACH_PEER])).trim();
  } catch (error) {
    const words = error instanceof Error ? error.message.replace(/^.* exited /s, "exit code ") : String(error);
    throw new Error(`${host.name}: its Redis cannot log in to its peer's: ${words}`, { cause: error });
  }
}
