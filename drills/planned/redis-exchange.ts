import { bounded, pollUntil } from "../hosts/bounded";
import type { DrillRun } from "../engine/drill-run";
import { openRedis, type HostSessions } from "../hosts/sessions";
import { StepFailure, type StepRecorder } from "../engine/step-recorder";
import { parseInfo, replicationOffset } from "../hosts/redis";
import { followPort } from "../hosts/redis-encryption";
import { messageOf } from "../../settings/user-error";

/** Writes stay paused this long if the drill dies. */
const PAUSE_MS = 10_000;
/** How old a pause may be when the exchange begins, and how long its first order may take then: together no more than the pause. */
const PAUSE_HOLDS_MS = PAUSE_MS / 2;
/** An order to change roles cannot be taken back: it is waited for until the session itself gives up. */
const ORDER_MS = 28_000;
const EQUAL_OFFSETS_MS = 1000;
const COMMAND_MS = 2000;
/** When writes were paused on a host, on the drill's clock, milliseconds: before the command was sent. */
const pausedAtMs = new WeakMap<HostSessions, number>();
/** By which port a host is to follow the other one: asked before writes are paused, since its answer may fail. */
const followsBy = new WeakMap<HostSessions, number>();

/** Asks by which port the old primary is to follow, before anything is stopped. @throws Error when it does not say */
export async function armFollowPort({ from, environment }: Pick<DrillRun, "from" | "environment">): Promise<void> {
  followsBy.set(from, await askFollowPort(from, environment));
}

function askFollowPort({ host, redis }: HostSessions, environment: DrillRun["environment"]): Promise<number> {
  return bounded(`${host.name}: Redis CONFIG GET`, COMMAND_MS, followPort(redis, environment));
}

function tell(host: HostSessions, ...words: string[]): Promise<unknown> {
  return bounded(`${host.host.name}: Redis ${words.slice(0, 2).join(" ")}`, COMMAND_MS, host.redis.command(...words));
}

/** Seconds between two PINGs of a primary, as `configs/redis/redis.conf` has them. */
export const USUAL_PING_SECONDS = 5;

/** A PING into the replication stream between "offsets equal" and the exchange would cost the partial resync. */
export async function lengthenReplicaPings(from: HostSessions, to: HostSessions): Promise<void> {
  await Promise.all([from, to].map((host) => tell(host, "CONFIG", "SET", "repl-ping-replica-period", "3600")));
}

/**
 * Undoes `lengthenReplicaPings`; a host whose session has ended is told through a new one.
 * @throws Error when a host could not be told; the other one was
 */
export async function restoreReplicaPings({
  from,
  to,
  environment,
  credentials,
}: Pick<DrillRun, "from" | "to" | "environment" | "credentials">): Promise<void> {
  const usual = ["CONFIG", "SET", "repl-ping-replica-period", String(USUAL_PING_SECONDS)];
  const told = await Promise.allSettled(
    [from, to].map(async (host) =>
      tell(host, ...usual).catch(async () => {
        const redis = await openRedis(host.host, environment, credentials);
        await tell({ ...host, redis }, ...usual).finally(() => redis.close());
      }),
    ),
  );
  const failed = told.filter((one) => one.status === "rejected");
  if (failed.length > 0) throw new Error(failed.map((one) => messageOf(one.reason)).join("; "));
}

/** Lets paused writers go on. */
export async function resumeRedisWrites(host: HostSessions): Promise<void> {
  await tell(host, "CLIENT", "UNPAUSE");
}

/**
 * Pauses writes on the old primary and proves that the standby has every byte. All three questions go out together: the old
 * primary answers in turn, so its offset is that of after the pause, and a standby that had as much before has it.
 * @throws StepFailure when it has not
 */
export async function sealRedis(
  { from, to, environment, facts }: Pick<DrillRun, "from" | "to" | "environment" | "facts">,
  recorder: StepRecorder,
): Promise<void> {
  if (!followsBy.has(from)) await armFollowPort({ from, environment });
  const ofStandby = (): Promise<number> =>
    bounded(`${to.host.name}: Redis offset`, COMMAND_MS, replicationOffset(to.redis));
  pausedAtMs.set(from, recorder.now());
  const paused = tell(from, "CLIENT", "PAUSE", String(PAUSE_MS), "WRITE");
  const [, sealed, first] = await Promise.all([
    paused.then(() => recorder.mark("redis writes paused", from.host.name)),
    replicationOffset(from.redis),
    ofStandby(),
  ]);
  let next: Promise<number> | undefined = Promise.resolve(first);
  const { reading, reached } = await pollUntil(
    () => {
      const asked = next ?? ofStandby();
      next = undefined;
      return asked;
    },
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

/**
 * The pause counts from before it was asked for, and ends by itself: a process that was stopped meanwhile must not take
 * writes that came after it for replicated. @throws Error with its age
 */
export function requirePaused({ from }: Pick<DrillRun, "from">, recorder: StepRecorder): void {
  const ageMs = recorder.now() - (pausedAtMs.get(from) ?? -Infinity);
  if (ageMs <= PAUSE_HOLDS_MS) return;
  throw new Error(
    `writes to Redis on ${from.host.name} were paused ${Math.round(ageMs / 100) / 10} s ago, and an exchange may begin within ${PAUSE_HOLDS_MS / 1000} s: it may have taken some since`,
  );
}

/**
 * Exchanges the roles. The old primary becomes a replica first, so that at no moment two servers take writes, not even
 * if the drill dies in between and the pause runs out.
 * @param whenPromoted done before the held writes are let go on to their refusal; it does not throw
 */
export async function exchangeRedis(
  { from, to, environment, facts }: Pick<DrillRun, "from" | "to" | "environment" | "facts">,
  recorder: StepRecorder,
  whenPromoted: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  recorder.mark("promote-redis", to.host.name);
  const began = performance.now();
  const port = followsBy.get(from) ?? (await askFollowPort(from, environment));
  await order(from, recorder, to.host.replication_address, String(port));
  if (performance.now() - began > PAUSE_HOLDS_MS) await requireNothingWritten(from, facts, recorder);
  await order(to, recorder, "NO", "ONE");
  recorder.mark("redis promoted", to.host.name);
  // Before held writes are refused, so that their clients find the new primary at once.
  await whenPromoted();
  // The pause ends by itself too.
  await resumeRedisWrites(from).catch(() =>
    recorder.mark("the end of redis' pause was not acknowledged", from.host.name),
  );
}

/** Gives the order to change roles, waits for it, and notes when it takes longer than expected. */
async function order(host: HostSessions, recorder: StepRecorder, ...whom: string[]): Promise<void> {
  const { name } = host.host;
  const slow = setTimeout(() => recorder.mark(`redis has not changed its role yet`, name), COMMAND_MS);
  try {
    await bounded(`${name}: Redis REPLICAOF`, ORDER_MS, host.redis.command("REPLICAOF", ...whom));
  } finally {
    clearTimeout(slow);
  }
}

/**
 * A server that was slow to give up its role may have taken writes when its pause had ended. Its offset tells: then it is
 * primary again, with them, and the standby was not promoted.
 */
async function requireNothingWritten(
  from: HostSessions,
  { redis: { sealedOffset } }: Pick<DrillRun["facts"], "redis">,
  recorder: StepRecorder,
): Promise<void> {
  const info = parseInfo(String(await tell(from, "INFO", "replication")));
  const offset = Number(info.get("master_repl_offset") ?? Number.NaN);
  recorder.mark("redis offset read again", from.host.name);
  if (offset === sealedOffset) return;
  await order(from, recorder, "NO", "ONE");
  throw new Error(
    `Redis on ${from.host.name} took writes after its pause had ended (offset ${offset}, compared at ${sealedOffset ?? "unknown"}): it is primary again, Redis was not promoted`,
  );
}

/** Longest that the roles wait to be noted, milliseconds. */
const NOTED_WITHIN_MS = 1000;

/**
 * Notes the roles when it is called or, where nobody calls it, within a second; once. A server answers nobody while it
 * writes its file to the disk, which right after a promotion has much else to write. A boot guard whose file still has the
 * former role asks its peer.
 * @throws Error as `noteRedisRoles`
 */
export function noteRedisRolesLater(
  run: Pick<DrillRun, "from" | "to">,
  withinMs: number = NOTED_WITHIN_MS,
): () => Promise<void> {
  let noted: Promise<void> | undefined;
  const note = (): Promise<void> => (noted ??= noteRedisRoles(run));
  const timer = setTimeout(() => void note().catch(() => undefined), withinMs);
  return () => {
    clearTimeout(timer);
    return note();
  };
}

/** Writes both roles into the files that the boot guards read. @throws Error when a host could not be told; the other one was */
export async function noteRedisRoles({ from, to }: Pick<DrillRun, "from" | "to">): Promise<void> {
  await Promise.all([from, to].map((host) => tell(host, "CONFIG", "REWRITE")));
}
