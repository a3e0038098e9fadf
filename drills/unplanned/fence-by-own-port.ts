import { setTimeout as sleep } from "node:timers/promises";
import { containerName } from "../../settings/names";
import { SERVICES, type StoreName } from "../../settings/services";
import { pollUntil } from "../hosts/bounded";
import { runInContainer } from "../hosts/run-in-container";
import type { HostSessions } from "../hosts/sessions";
import type { Look, StandbyEyes } from "./look";
import { FENCE_REDIS, FETCHED_MS } from "./redis-fence-script";
import { standbyLook } from "./standby-look";

/** A clean shutdown waits until the standby has everything that was written. */
const STOPPED_MS = 20_000;
const LOOK_MS = 2000;
const LOOKS = 2;
const BETWEEN_LOOKS_MS = 100;

/** The order, and what it had to keep on the standby's host: the name of a salvage, or null. */
const ORDER: Readonly<Record<StoreName, (standby: HostSessions, drillId: string) => Promise<string | null>>> = {
  timescaledb: async ({ agent }, drillId) => {
    await agent.ask(`fence-peer ${drillId}`, 10_000);
    return null;
  },
  redis: async ({ engine }) => {
    const words = ["sh", "-c", FENCE_REDIS, "sh", SERVICES.redis.guardFolder];
    const said = await runInContainer(engine.docker, containerName("redis"), words, FETCHED_MS);
    return /^kept (\S+)$/m.exec(said)?.[1] ?? null;
  },
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
  const kept = await ORDER[store](standby, drillId);
  const proof = await proveSilenced(eyes, store, STOPPED_MS);
  return kept === null
    ? proof
    : `${proof}; its data were fetched before, writes being paused: salvage ${kept} of ${eyes.host.name}`;
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
