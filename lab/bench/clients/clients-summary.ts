import { STORE_NAMES, type StoreName } from "../../../settings/services";
import { judged, type JudgedAim } from "../aims";
import { distributionOf, keyed, totalOf, type Distribution, type Total } from "../distribution";
import { STORE_TITLES } from "../swap-line";
import { CLIENT_LOADS, loadName } from "./client-loads";
import { addKinds, errorsOf, type ClientsTurn, type StoreTurn } from "./turn-record";

/** Longest that a statement may take in a switchover, all of it and not only what was added, milliseconds. */
export const CLIENT_AIMS_MS: Readonly<Record<StoreName, number>> = { timescaledb: 250, redis: 50 };

/** What clients of one store saw over a series of switchovers. Times are milliseconds, one value a switchover. */
export interface ClientsFigures {
  readonly sent: Total;
  readonly failed: Total;
  readonly errors: Readonly<Record<string, number>>;
  readonly resent: Total;
  readonly acknowledged: Total;
  readonly lost: Total;
  readonly duplicated: Total;
  readonly windowP50: Distribution;
  readonly windowP99: Distribution;
  readonly windowMax: Distribution;
  /** Since a statement was due, and not since it was sent. */
  readonly windowDueMax: Distribution;
  readonly outsideP50: Distribution;
}

/** A series of switchovers with clients at the doors. */
export interface ClientsSummary {
  readonly asked: number;
  readonly turns: number;
  /** Transactions a second that pgbench was bound to, over both doors. */
  readonly rates: readonly number[];
  /** What `machinePace` was before each of them, milliseconds of a processor. */
  readonly pacesMs: readonly number[];
  readonly failed: readonly { readonly drillId: string; readonly failure: string }[];
  readonly stores: Readonly<Record<StoreName, ClientsFigures>>;
  /** PostgreSQL's figures of each load. */
  readonly byLoad: Readonly<Record<string, ClientsFigures>>;
}

function figuresOf(turns: readonly ClientsTurn[], store: StoreName): ClientsFigures {
  const seen = turns.map(({ stores }) => stores?.[store] ?? null);
  const total = (of: (one: StoreTurn) => number | null): Total =>
    totalOf(seen.map((one) => (one === null ? null : of(one))));
  const spread = (of: (one: StoreTurn) => number | undefined): Distribution =>
    distributionOf(seen.map((one) => (one === null ? null : (of(one) ?? null))));
  return {
    sent: total((one) => one.sent),
    failed: total(errorsOf),
    errors: addKinds(seen.map((one) => one?.errors ?? {})),
    resent: total((one) => one.resent),
    acknowledged: total((one) => one.events.acknowledged),
    lost: total((one) => one.events.lost),
    duplicated: total((one) => one.events.duplicated),
    windowP50: spread((one) => one.windowMs?.p50),
    windowP99: spread((one) => one.windowMs?.p99),
    windowMax: spread((one) => one.windowMs?.max),
    windowDueMax: spread((one) => one.windowDueMs?.max),
    outsideP50: spread((one) => one.outsideMs?.p50),
  };
}

/** Sums a series up. */
export function summarizeClients(turns: readonly ClientsTurn[], asked: number): ClientsSummary {
  const loads = CLIENT_LOADS.map(loadName).filter((name) => turns.some(({ load }) => loadName(load) === name));
  return {
    asked,
    turns: turns.length,
    rates: [...new Set(turns.map(({ rate }) => rate))],
    pacesMs: turns.map(({ paceMs }) => paceMs),
    failed: turns.flatMap(({ swap: { drillId, failure }, notMeasured }) => {
      const why = [failure, notMeasured].filter((one) => one !== null).join("; ");
      return why === "" ? [] : [{ drillId, failure: why }];
    }),
    stores: keyed(STORE_NAMES, (store) => figuresOf(turns, store)),
    byLoad: keyed(loads, (name) =>
      figuresOf(
        turns.filter(({ load }) => loadName(load) === name),
        "timescaledb",
      ),
    ),
  };
}

function zero(name: string, turns: number, { sum, unknown }: Total): JudgedAim {
  return judged(name, "count", 0, { measured: unknown === turns && sum === 0 ? null : sum, unknown });
}

/** Holds a series against the aims; what is partly unknown meets nothing. */
export function judgeClients({ asked, turns, failed, stores }: ClientsSummary): readonly JudgedAim[] {
  return [
    ...STORE_NAMES.flatMap((store) => {
      const { failed: errors, lost, duplicated, windowMax } = stores[store];
      const title = STORE_TITLES[store];
      return [
        zero(`${title} statements without an answer`, turns, errors),
        zero(`${title} events lost`, turns, lost),
        zero(`${title} events duplicated`, turns, duplicated),
        judged(`${title} longest statement in a switchover`, "ms", CLIENT_AIMS_MS[store], {
          measured: windowMax.max,
          unknown: windowMax.unknown,
        }),
      ];
    }),
    judged("switchovers that failed, were not measured or not run", "count", 0, {
      measured: asked - turns + failed.length,
      unknown: 0,
    }),
  ];
}
