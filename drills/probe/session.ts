import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { clockFrom } from "../hosts/clock";
import { isInvalidPassword } from "../hosts/postgres-session";
import type { ProbeAddress, ProbeSettings } from "./options";
import { openPostgres, type EncryptedAddress } from "./postgres-connection";
import { readBackPostgres } from "./postgres-read-back";
import type { ReadFrom } from "./protocol";
import { openRedis } from "./redis-connection";
import { readBackRedis } from "./redis-read-back";
import { type StoreDriver, StoreProbe, type StoreProgress } from "./store-probe";
import type { ProbeEvidence } from "../../evidence/document";
import type { StoreName } from "../../settings/services";

/** Slack before the run's first possible stream id, for what the clock may be corrected by meanwhile. */
const STREAM_SLACK_MS = 1000;

/** How the probe reaches PostgreSQL through the published endpoints. */
export function postgresDriver({ credentials, drillId }: ProbeSettings): StoreDriver {
  const { user, former } = credentials;
  const at = (address: ProbeAddress): EncryptedAddress => ({ ...address, tls: credentials.tls });
  // While its password is exchanged the server takes the one or the other.
  const withEither = <T>(use: (password: string) => Promise<T>): Promise<T> =>
    use(credentials.postgres).catch((error: unknown) => {
      if (former?.postgres === undefined || !isInvalidPassword(error)) throw error;
      return use(former.postgres);
    });
  return {
    store: "timescaledb",
    open: ({ postgres }) => withEither((password) => openPostgres(at(postgres), password, drillId, user)),
    readBack: ({ postgres }, { startedAgoMs }) =>
      withEither((password) => readBackPostgres(at(postgres), password, { run: drillId, startedAgoMs, user })),
  };
}

/** How the probe reaches Redis through the published endpoints. */
export function redisDriver({ credentials, drillId }: ProbeSettings): StoreDriver {
  return {
    store: "redis",
    open: ({ redis }) => openRedis(redis, credentials, drillId),
    readBack: ({ redis }, { receipt, afterMs }) => {
      const sinceMs = Number(receipt.split("-", 1)[0]) - afterMs - STREAM_SLACK_MS;
      return readBackRedis(redis, credentials, { run: drillId, sinceMs });
    },
  };
}

const READY_POLL_MS = 10;

/** Time between two looks at the process' own lateness, which each reading includes. */
const LATENESS_PERIOD_MS = 10;

/** The probe at work, inside its own process. */
export interface ProbeSession {
  /** Why the probe was not ready within `readyWithinMs`; undefined when it is. It goes on writing either way. */
  readonly readiness: Promise<string | undefined>;
  /** What keeps the probe from being ready now; undefined when nothing does. */
  whyNotReady(): string | undefined;
  /** Fulfils when writing has ended, for whatever reason. */
  readonly stopped: Promise<unknown>;
  /** Milliseconds on the probe's clock. */
  now(): number;
  progress(): Readonly<Record<StoreName, StoreProgress>>;
  /** When writing ends by itself, on the probe's clock. */
  writesUntilMs(): number;
  /** Somebody counts on the probe now: it writes at least until `untilMs`, and polls an outage as closely as at first. */
  attend(untilMs: number): void;
  /**
   * Stops writing, reads everything back from the named endpoints and sums up. A second call reads back again.
   * @param adoptedAtMs given for a standing probe: of what came long before, only what is needed is evidence
   */
  finish(readFrom: ReadFrom, adoptedAtMs?: number): Promise<ProbeEvidence>;
}

/**
 * Starts writing to both stores.
 * @param report told in one line what an operator may want to know: the probe's own delay, a failed read-back
 * @throws Error when the drill's zero lies in the future
 */
export function startSession(settings: ProbeSettings, report: (line: string) => void): ProbeSession {
  const now = clockFrom(settings.originNs);
  const startedAtMs = now();
  const ownDelay = monitorEventLoopDelay({ resolution: LATENESS_PERIOD_MS });
  const postgres = new StoreProbe(postgresDriver(settings), settings, now);
  const redis = new StoreProbe(redisDriver(settings), settings, now);
  const stores = [postgres, redis];
  const stopped = Promise.all(stores.map((store) => store.run())).then(now);

  function whyNotReady(): string | undefined {
    return stores.flatMap((store) => store.whyNotReady() ?? []).join("; ") || undefined;
  }

  async function awaitReadiness(): Promise<string | undefined> {
    for (;;) {
      const missing = whyNotReady();
      if (missing === undefined || now() - startedAtMs > settings.readyWithinMs) {
        ownDelay.enable();
        return missing;
      }
      await sleep(READY_POLL_MS);
    }
  }

  async function finish(readFrom: ReadFrom, adoptedAtMs?: number): Promise<ProbeEvidence> {
    for (const store of stores) store.requestStop();
    const finishedAtMs = await stopped;
    ownDelay.disable();
    for (const store of stores) store.close();
    const lateMs = (nanoseconds: number): string => Math.max(0, nanoseconds / 1e6 - LATENESS_PERIOD_MS).toFixed(1);
    report(`own lateness p99 ${lateMs(ownDelay.percentile(99))} ms, max ${lateMs(ownDelay.max)} ms`);
    const [timescaledb, ofRedis] = await Promise.all([
      postgres.evidence(readFrom.timescaledb, report, adoptedAtMs),
      redis.evidence(readFrom.redis, report, adoptedAtMs),
    ]);
    return { intervalMs: settings.intervalMs, startedAtMs, finishedAtMs, timescaledb, redis: ofRedis };
  }
  return {
    readiness: awaitReadiness(),
    whyNotReady,
    stopped,
    now,
    progress: () => ({ timescaledb: postgres.progress(), redis: redis.progress() }),
    writesUntilMs: () => Math.max(...stores.map((store) => store.writesUntilMs)),
    attend: (untilMs) => {
      for (const store of stores) store.attend(untilMs);
    },
    finish,
  };
}
