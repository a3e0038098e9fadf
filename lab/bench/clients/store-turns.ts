import type { ClientLoad } from "../../../evidence/client-loads";
import type { StoreName } from "../../../settings/services";
import { latenciesOf, type Stretch } from "./client-latency";
import { addEvents, countJournal, type CountedEvents, type JournalCount } from "./count-events";
import type { DoorLoadDone } from "./door-load";
import type { Sent } from "./pgbench-log";
import { addKinds, type StoreTurn } from "./turn-record";

function sentOf({ samples }: ClientLoad): readonly Sent[] {
  return samples.end.map((end, at) => ({
    client: samples.client[at] ?? 0,
    ...{ startMs: samples.startMs[at] ?? 0, endMs: samples.endMs[at] ?? 0, answered: end === "a" },
  }));
}

/** Puts together what both programs and both stores say of one switchover. Pure. */
export function storeTurns(
  { pgbench, redis }: Pick<DoorLoadDone, "pgbench" | "redis">,
  windows: Readonly<Record<StoreName, Stretch | null>>,
  journal: readonly JournalCount[] | null,
  redisEvents: readonly CountedEvents[],
): Readonly<Record<StoreName, StoreTurn>> {
  const sent = pgbench.flatMap((one) => one.sent);
  const aborted = pgbench.flatMap((one) => [...one.aborted.values()]);
  const notAnswered = sent.filter(({ answered }) => !answered).length;
  const ofPostgres = latenciesOf(sent, windows.timescaledb);
  const ofRedis = latenciesOf(redis.flatMap(sentOf), windows.redis);
  return {
    timescaledb: {
      sent: sent.length + aborted.length,
      answered: sent.length - notAnswered,
      errors: addKinds([
        ...aborted.map((kind) => ({ [kind]: 1 })),
        ...(notAnswered > 0 ? [{ failed: notAnswered }] : []),
      ]),
      resent: 0,
      events: addEvents(pgbench.map((one) => countJournal(one.run, answeredByClient(one.sent), journal))),
      ...{ windowMs: ofPostgres.window, windowDueMs: ofPostgres.windowDue, outsideMs: ofPostgres.outside },
    },
    redis: {
      sent: redis.reduce((sum, one) => sum + one.counts.sent, 0),
      answered: redis.reduce((sum, one) => sum + one.counts.answered, 0),
      errors: addKinds(redis.map((one) => one.codes)),
      resent: redis.reduce((sum, one) => sum + one.counts.resent, 0),
      events: addEvents(redisEvents),
      ...{ windowMs: ofRedis.window, windowDueMs: ofRedis.windowDue, outsideMs: ofRedis.outside },
    },
  };
}

function answeredByClient(sent: readonly Sent[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { client, answered } of sent) if (answered) counts.set(client, (counts.get(client) ?? 0) + 1);
  return counts;
}
