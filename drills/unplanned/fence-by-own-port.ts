import { setTimeout as sleep } from "node:timers/promises";
import { containerName } from "../../settings/names";
import type { StoreName } from "../../settings/services";
import { pollUntil } from "../hosts/bounded";
import { runInContainer } from "../hosts/run-in-container";
import type { HostSessions } from "../hosts/sessions";
import type { Look, StandbyEyes } from "./look";
import { standbyLook } from "./standby-look";

/** A clean shutdown waits until the standby has everything that was written. */
const STOPPED_MS = 20_000;
const LOOK_MS = 2000;
const LOOKS = 2;
const BETWEEN_LOOKS_MS = 100;

/**
 * Pauses writes on the peer, waits up to a second until this replica has everything, and makes the peer a replica of
 * it for good. Writes stay paused for ten seconds at most, if anything here dies.
 */
const FENCE_REDIS = `set -u
export REDISCLI_AUTH=$(cat /understudy/secrets/redis)
peer() { timeout 3 redis-cli -h "$UNDERSTUDY_PEER_ADDRESS" -p "$UNDERSTUDY_PEER_PORT" "$@"; }
offset() { sed -n "s/^$1:\\([0-9]*\\).*/\\1/p"; }
peer CLIENT PAUSE 10000 WRITE
sealed=$(peer INFO replication | offset master_repl_offset)
turns=100
while [ "$turns" -gt 0 ] && [ "$(redis-cli INFO replication | offset slave_repl_offset)" != "$sealed" ]; do
  turns=$((turns - 1))
  sleep 0.01
done
address=$(redis-cli CONFIG GET replica-announce-ip | sed -n 2p)
port=$(redis-cli CONFIG GET replica-announce-port | sed -n 2p)
peer REPLICAOF "$address" "$port" && peer CONFIG REWRITE && peer CLIENT UNPAUSE`;

const ORDER: Readonly<Record<StoreName, (standby: HostSessions, drillId: string) => Promise<unknown>>> = {
  timescaledb: ({ agent }, drillId) => agent.ask(`fence-peer ${drillId}`, 10_000),
  redis: ({ engine }) => runInContainer(engine.docker, containerName("redis"), ["sh", "-c", FENCE_REDIS]),
};

/**
 * Stops a living old primary that only the standby reaches, by orders through the store's own port.
 * @returns the proof in words: the standby saw twice that it takes no writes
 * @throws Error saying what was seen instead
 */
export async function fenceByOwnPort(
  standby: HostSessions,
  eyes: StandbyEyes,
  store: StoreName,
  drillId: string,
): Promise<string> {
  await ORDER[store](standby, drillId);
  return proveSilenced(eyes, store, STOPPED_MS);
}

/** Sees twice, from the standby, that the old primary takes no writes. @throws Error when it still does after `withinMs` */
export async function proveSilenced(eyes: StandbyEyes, store: StoreName, withinMs = LOOK_MS): Promise<string> {
  const lookAt = standbyLook(eyes, store);
  let last: Look | undefined;
  for (let look = 0; look < LOOKS; look += 1) {
    if (look > 0) await sleep(BETWEEN_LOOKS_MS);
    const { reading, reached } = await pollUntil(() => lookAt(LOOK_MS), takesNoWrites, {
      deadlineMs: withinMs,
      pauseMs: BETWEEN_LOOKS_MS,
    });
    last = reading;
    if (!reached) {
      throw new Error(
        reading.answers ? `it still answers ${eyes.host.name} as a primary` : `it is not gone: ${reading.detail}`,
      );
    }
  }
  const words = last?.answers === true ? `answers as ${last.role}` : last?.detail;
  return `seen ${LOOKS} times from ${eyes.host.name}: ${words ?? ""}`;
}

/** A server that is shutting down may still finish what it began. */
function takesNoWrites(look: Look): boolean {
  return look.answers ? look.role === "standby" : !look.alive;
}
