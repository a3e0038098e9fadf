import { bounded, pollUntil } from "../hosts/bounded";
import type { DrillRun } from "../engine/drill-run";
import type { HostSessions } from "../hosts/sessions";
import { StepFailure, type StepRecorder } from "../engine/step-recorder";
import { replicationOffset } from "../hosts/redis";

/** Writes stay paused this long if the drill dies; each step below is bounded well within it. */
const PAUSE_MS = 10_000;
const EQUAL_OFFSETS_MS = 1000;
const COMMAND_MS = 2000;
/** How old a pause may be when the exchange begins: its commands must have ended before it does. */
const PAUSE_HOLDS_MS = PAUSE_MS - 2 * COMMAND_MS;
/** When writes were paused on a host, on the drill's clock, milliseconds: before the command was sent. */
const pausedAtMs = new WeakMap<HostSessions, number>();

function tell(host: HostSessions, ...words: string[]): Promise<unknown> {
  return bounded(`${host.host.name}: Redis ${words.slice(0, 2).join(" ")}`, COMMAND_MS, host.redis.command(...words));
}

/** A PING into the replication stream between "offsets equal" and the exchange would cost the partial resync. */
export async function lengthenReplicaPings(from: HostSessions, to: HostSessions): Promise<void> {
  await Promise.all([from, to].map((host) => tell(host, "CONFIG", "SET", "repl-ping-replica-period", "3600")));
}

/** Undoes `lengthenReplicaPings`. @throws Error when a host could not be told; the other one was */
export async function restoreReplicaPings({ from, to }: Pick<DrillRun, "from" | "to">): Promise<void> {
  await Promise.all([from, to].map((host) => tell(host, "CONFIG", "SET", "repl-ping-replica-period", "10")));
}

/** Lets paused writers go on. */
export async function resumeRedisWrites(host: HostSessions): Promise<void> {
  await tell(host, "CLIENT", "UNPAUSE");
}

/** Pauses writes on the old primary and proves that the standby has every byte. @throws StepFailure when it has not */
export async function sealRedis(
  { from, to, facts }: Pick<DrillRun, "from" | "to" | "facts">,
  recorder: StepRecorder,
): Promise<void> {
  pausedAtMs.set(from, recorder.now());
  await tell(from, "CLIENT", "PAUSE", String(PAUSE_MS), "WRITE");
  recorder.mark("redis writes paused", from.host.name);
  const sealed = await replicationOffset(from.redis);
  const { reading, reached } = await pollUntil(
    () => bounded(`${to.host.name}: Redis offset`, COMMAND_MS, replicationOffset(to.redis)),
    (offset) => offset === sealed,
    { deadlineMs: EQUAL_OFFSETS_MS, pauseMs: 0 },
  );
  facts.redis.sealedOffset = sealed;
  facts.redis.replicaOffset = reading;
  if (!reached) {
    throw new StepFailure({
      reason: `Redis offsets differ ${EQUAL_OFFSETS_MS} ms after writes were paused: ${sealed} on ${from.host.name}, ${reading} on ${to.host.name}`,
      host: to.host.name,
      next: "understudy status",
      undone: null,
    });
  }
  const provedAtMs = recorder.mark("redis offsets equal", to.host.name);
  facts.fences.push({
    host: from.host.name,
    store: "redis",
    method: "writes-paused",
    provedAtMs,
    detail: `CLIENT PAUSE ${PAUSE_MS} WRITE; both at offset ${sealed}`,
  });
}

/** Whether writes are paused on a host long enough from now on for an exchange. */
function pauseHolds(from: HostSessions, recorder: StepRecorder): boolean {
  return recorder.now() - (pausedAtMs.get(from) ?? -Infinity) <= PAUSE_HOLDS_MS;
}

/**
 * The pause counts from before it was asked for, and ends by itself: a process that was stopped meanwhile must not take
 * writes that came after it for replicated. @throws Error with its age
 */
export function requirePaused({ from }: Pick<DrillRun, "from">, recorder: StepRecorder): void {
  if (pauseHolds(from, recorder)) return;
  const ageMs = recorder.now() - (pausedAtMs.get(from) ?? -Infinity);
  throw new Error(
    `writes to Redis on ${from.host.name} were paused ${Math.round(ageMs / 100) / 10} s ago, and an exchange may begin within ${PAUSE_HOLDS_MS / 1000} s: it may have taken some since`,
  );
}

/**
 * Exchanges the roles. The old primary becomes a replica first, so that at no moment two servers take writes, not even
 * if the drill dies in between and the pause runs out.
 */
export async function exchangeRedis(
  { from, to, environment, facts }: Pick<DrillRun, "from" | "to" | "environment" | "facts">,
  recorder: StepRecorder,
): Promise<void> {
  if (!pauseHolds(from, recorder)) await sealRedis({ from, to, facts }, recorder);
  recorder.mark("promote-redis", to.host.name);
  await tell(from, "REPLICAOF", to.host.replication_address, String(environment.ports.redis));
  await tell(to, "REPLICAOF", "NO", "ONE");
  recorder.mark("redis promoted", to.host.name);
  await resumeRedisWrites(from);
}

/** Writes both roles into the files that the boot guards read. @throws Error when a host could not be told; the other one was */
export async function noteRedisRoles({ from, to }: Pick<DrillRun, "from" | "to">): Promise<void> {
  await Promise.all([from, to].map((host) => tell(host, "CONFIG", "REWRITE")));
}
