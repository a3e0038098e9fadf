import { setTimeout as sleep } from "node:timers/promises";
import { dashboards } from "../../drills/services/canary/dashboards";
import { sendJson } from "../../drills/hosts/http";
import { logLines } from "../../drills/services/canary/log-lines";
import type { CanaryHost } from "../../drills/services/canary/options";
import { spans } from "../../drills/services/canary/spans";
import type { RedisSession } from "../../drills/hosts/redis";
import type { PostgresSession } from "../../drills/hosts/postgres";
import { EVENTS_STREAM, EVENTS_TABLE } from "../../settings/names";
import type { ServiceName } from "../../settings/services";

/** One numbered thing that a service has acknowledged, and when, epoch milliseconds. */
export interface Written {
  readonly number: number;
  readonly begunMs: number;
  readonly acknowledgedMs: number;
}

/** Services that can be written to from outside; Prometheus scrapes. */
export type WrittenService = Exclude<ServiceName, "prometheus">;

/** Sessions to the stores of the host that is written to. */
export interface Stores {
  readonly sql: PostgresSession;
  readonly redis: RedisSession;
}

/** How numbered things of one run get into a service, and which of them are found there, in order. */
export interface NumberedThings {
  write(number: number): Promise<unknown>;
  readBack(): Promise<readonly number[]>;
}

const TIMEOUT_MS = 5000;

/**
 * Numbered things of `run` in every service of one host that can be written to. Log lines are read back from when this
 * was called on.
 * @param stores the sessions that are open now
 */
export function numberedThings(
  run: string,
  host: CanaryHost,
  stores: () => Stores,
  grafanaPassword: string,
): Readonly<Record<WrittenService, NumberedThings>> {
  const subject = { drillId: run, timeoutMs: TIMEOUT_MS };
  const over = (things: {
    write(number: number, host: CanaryHost): Promise<void>;
    readBack(host: CanaryHost): Promise<number[]>;
  }): NumberedThings => ({
    write: (number) => things.write(number, host),
    readBack: async () => sorted(await things.readBack(host)),
  });
  return {
    timescaledb: rows(run, stores),
    redis: entries(run, stores),
    alertmanager: silences(run, host),
    loki: over(logLines(subject)),
    tempo: over(spans(subject)),
    grafana: over(dashboards({ ...subject, password: grafanaPassword })),
  };
}

function sorted(numbers: readonly number[]): readonly number[] {
  return [...numbers].sort((left, right) => left - right);
}

function rows(run: string, stores: () => Stores): NumberedThings {
  return {
    write: (number) => stores().sql.query(`insert into ${EVENTS_TABLE} (run, seq) values ($1, $2)`, [run, number]),
    readBack: async () => {
      const { rows: found } = await stores().sql.query<{ seq: string }>(
        `select seq::text from ${EVENTS_TABLE} where run = $1 order by seq`,
        [run],
      );
      return found.map((one) => Number(one.seq));
    },
  };
}

/** An entry of the journal stream and a key of its own for each number; both must be there. */
function entries(run: string, stores: () => Stores): NumberedThings {
  return {
    write: async (number) => {
      await stores().redis.command("SET", `${run}:${number}`, "1");
      await stores().redis.command("XADD", EVENTS_STREAM, "*", "run", run, "seq", String(number));
    },
    readBack: async () => {
      const found = (await stores().redis.command("XRANGE", EVENTS_STREAM, "-", "+")) as [string, string[]][];
      const numbers = found.filter(([, fields]) => fields[1] === run).map(([, fields]) => Number(fields[3]));
      const keys = await Promise.all(numbers.map((number) => stores().redis.command("EXISTS", `${run}:${number}`)));
      return sorted(numbers.filter((_number, at) => keys[at] === 1));
    },
  };
}

function silences(run: string, host: CanaryHost): NumberedThings {
  const asked = { host, port: host.ports.alertmanager, path: "/api/v2/silences", timeoutMs: TIMEOUT_MS };
  return {
    write: (number) =>
      sendJson({
        ...asked,
        method: "POST",
        json: {
          matchers: [{ name: "alertname", value: `${run}-${number}`, isRegex: false, isEqual: true }],
          startsAt: new Date().toISOString(),
          endsAt: new Date(Date.now() + 3_600_000).toISOString(),
          createdBy: run,
          comment: String(number),
        },
      }),
    readBack: async () => {
      const found = (await sendJson(asked)) as { createdBy: string; comment: string }[];
      return sorted(found.filter((one) => one.createdBy === run).map((one) => Number(one.comment)));
    },
  };
}

/** Writes numbered things to one service, one after the other, until it is stopped; keeps what was acknowledged. */
export class RecordedWriter {
  readonly written: Written[] = [];
  #stopped = false;
  readonly #ended: Promise<void>;

  constructor(
    private readonly things: NumberedThings,
    private readonly everyMs: number,
  ) {
    this.#ended = this.#run();
  }

  async #run(): Promise<void> {
    for (let number = 1; !this.#stopped; number += 1) {
      const begunMs = Date.now();
      // What was not acknowledged may be there or not: nobody asks for it.
      await this.things.write(number).then(
        () => this.written.push({ number, begunMs, acknowledgedMs: Date.now() }),
        () => undefined,
      );
      await sleep(this.everyMs);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  /** Numbers that were acknowledged before a moment, and those that were begun after one. */
  acknowledgedBefore(ms: number): readonly number[] {
    return this.written.filter((one) => one.acknowledgedMs < ms).map((one) => one.number);
  }

  begunAfter(ms: number): readonly number[] {
    return this.written.filter((one) => one.begunMs > ms).map((one) => one.number);
  }
}
