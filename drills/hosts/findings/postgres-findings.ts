import { ARCHIVE_SLOT, slotName } from "../../../settings/names";
import { namesOf, secondsOf, type FindingsPair, type Found } from "./found";
import { hostDifferences } from "./postgres-differences";
import type { DatabaseFacts, PostgresReading, ServerFacts, UnreplayedWal } from "./read-postgres";

/** Slots of ours, whatever pair they were made for. */
const OURS = /^understudy_/;

/** What was read of both servers; `from` is null where only the standby could be read. */
export function postgresFindings(
  from: PostgresReading | null,
  to: PostgresReading,
  pair: FindingsPair,
): readonly Found[] {
  const primary = from === null || typeof from.server === "string" ? null : from.server;
  const standby = typeof to.server === "string" ? null : to.server;
  return [
    ...(from === null ? [] : unread(from)),
    ...unread(to),
    ...(primary === null ? [] : ofPrimary(primary, pair)),
    ...(standby === null ? [] : ofStandby(standby, to, pair, primary !== null)),
    ...(from === null ? [] : withJobs(from)),
    ...unlogged(from ?? to, from !== null),
    ...(standby === null ? [] : hostDifferences({ from, to }, { primary, standby }, pair)),
  ];
}

function unread({ host, server, databases, replay }: PostgresReading): Found[] {
  if (typeof server === "string") return [{ key: "not-read", host, detail: `PostgreSQL: ${server}` }];
  const parts = [
    ["replay", replay] as const,
    ...[...databases].map(([name, facts]) => [`database ${name}`, facts] as const),
  ];
  return parts.flatMap(([part, read]): Found[] =>
    typeof read === "string" ? [{ key: "not-read", host, detail: `${part}: ${read}` }] : [],
  );
}

function withJobs({ host, databases }: PostgresReading): Found[] {
  const names = [...databases].flatMap(([name, facts]) => (typeof facts !== "string" && facts.jobs ? [name] : []));
  return listed("background-jobs", host, names);
}

function ofPrimary(server: ServerFacts, { from: host, to }: FindingsPair): Found[] {
  const { deaf, transactions, senders, slots, settings, archiving } = server;
  const foreign = senders.filter(
    ({ slot, name }) => slot !== slotName(to) && slot !== ARCHIVE_SLOT && !OURS.test(name),
  );
  const logical = slots.filter(({ type, synced }) => type === "logical" && !synced);
  return [
    ...deaf.map(({ pid, user, database, program }): Found => ({
      key: "uninterruptible-backends",
      host,
      detail: `session ${pid} of ${user} in ${database} ${program ? "runs a COPY to or from a program" : "waits outside of PostgreSQL"}`,
      what: String(pid),
    })),
    ...listed("long-transactions", host, transactions.map(transactionWords)),
    ...listed(
      "foreign-walsenders",
      host,
      foreign.map(({ pid, name, user, address }) => `${name || "unnamed"} of ${user} from ${address} (${pid})`),
    ),
    ...logical.map(({ name }): Found => ({ key: "logical-slots", host, detail: `slot ${name}`, what: name })),
    ...preparedOf(server, host),
    ...leftoverSlots(server, host, [slotName(to), ARCHIVE_SLOT]),
    ...tablespacesOf(server, host),
    ...pendingOf(server, host),
    ...(["on", "always"].includes(settings["archive_mode"]?.value ?? "off")
      ? [
          {
            key: "archiving" as const,
            host,
            detail: archiving.failing ? "archive_mode is on, and archiving fails" : "archive_mode is on",
          },
        ]
      : []),
  ];
}

function ofStandby(
  server: ServerFacts,
  { replay }: PostgresReading,
  { from, to: host, backup }: FindingsPair,
  primaryRead: boolean,
): Found[] {
  const { transactions, settings, slots } = server;
  const value = (name: string): string => settings[name]?.value ?? "";
  const delayed = Number(value("recovery_min_apply_delay"));
  const paused = server.replay !== null && server.replay.pause !== "not paused";
  const lost = slots.find(({ name, wal }) => name === slotName(from) && (wal === "lost" || wal === "unreserved"));
  const reading = transactions.filter(({ database }) => database !== "");
  return [
    ...room(server, host, [slotName(from), ...(backup ? [ARCHIVE_SLOT] : [])]),
    ...(lost === undefined
      ? []
      : [{ key: "lost-slot" as const, host, detail: `slot ${lost.name}: its WAL is ${lost.wal}`, what: lost.name }]),
    ...(delayed > 0
      ? [{ key: "replay-delayed" as const, host, detail: `recovery_min_apply_delay is ${secondsOf(delayed / 1000)}` }]
      : []),
    ...(paused ? [{ key: "replay-paused" as const, host, detail: `replay is ${server.replay.pause}` }] : []),
    ...(replay === null || typeof replay === "string" || paused || delayed > 0 ? [] : [replayWords(replay, host)]),
    ...listed("standby-queries", host, reading.map(transactionWords)),
    ...(value("default_transaction_read_only") === "on"
      ? [{ key: "read-only-by-default" as const, host, detail: "default_transaction_read_only is on" }]
      : []),
    ...(primaryRead ? [] : [...preparedOf(server, host), ...tablespacesOf(server, host)]),
    ...leftoverSlots(server, host, [slotName(from)]),
    ...pendingOf(server, host),
  ];
}

function replayWords({ stands, behindBytes, waits, blockers }: UnreplayedWal, host: string): Found {
  if (!stands)
    return { key: "replay-backlog", host, detail: `${Math.ceil(behindBytes / 1024)} KiB of WAL are not replayed` };
  const waiting = waits === null ? "" : `, waiting for ${waits}`;
  const inTheWay = blockers.length === 0 ? "none is seen" : namesOf(blockers.map(String));
  return {
    key: "replay-blocked",
    host,
    detail: `replay stands still${waiting}; sessions in its way: ${inTheWay}`,
    what: String(blockers[0] ?? "PID"),
  };
}

function transactionWords({
  pid,
  user,
  database,
  state,
  address,
  seconds,
}: ServerFacts["transactions"][number]): string {
  return `${pid} of ${user} in ${database} from ${address}, ${state}, open for ${secondsOf(seconds)}`;
}

function listed(key: Found["key"], host: string, names: readonly string[]): Found[] {
  return names.length === 0 ? [] : [{ key, host, detail: namesOf(names) }];
}

function preparedOf({ prepared }: ServerFacts, host: string): Found[] {
  return listed(
    "prepared-transactions",
    host,
    prepared.map(({ gid, database }) => `${gid} in ${database}`),
  );
}

function tablespacesOf({ tablespaces }: ServerFacts, host: string): Found[] {
  return listed("tablespaces", host, tablespaces);
}

function pendingOf({ pending, settings }: ServerFacts, host: string): Found[] {
  const words = Object.entries(pending).map(([name, then]) =>
    settings[name]?.text === false ? `${name} from ${settings[name].value ?? ""} to ${then ?? "its default"}` : name,
  );
  return listed("pending-restart", host, words);
}

function leftoverSlots({ slots }: ServerFacts, host: string, used: readonly string[]): Found[] {
  const left = slots.filter(({ name, active }) => OURS.test(name) && !active && !used.includes(name));
  return listed(
    "leftover-slots",
    host,
    left.map(({ name, kept }) =>
      kept === null ? name : `${name}, which keeps ${Math.ceil(kept / 1_048_576)} MiB of WAL`,
    ),
  );
}

/** A server that is promoted needs a slot and a sender for each that follows it; a slot that is there already counts. */
function room({ slots, senders, settings }: ServerFacts, host: string, needed: readonly string[]): Found[] {
  const missing = needed.filter((name) => slots.every((slot) => slot.name !== name));
  const free = (setting: string, used: number): number => Number(settings[setting]?.value ?? 0) - used;
  const [freeSlots, freeSenders] = [
    free("max_replication_slots", slots.length),
    free("max_wal_senders", senders.length),
  ];
  const idle = slots.find(({ active, name }) => !active && !needed.includes(name));
  return [
    ...(freeSlots >= missing.length
      ? []
      : [
          {
            key: "free-slots" as const,
            host,
            detail: `${freeSlots} of ${settings["max_replication_slots"]?.value ?? 0} replication slots are free, ${missing.length} needed: ${missing.join(", ")}; there are ${namesOf(slots.map(({ name }) => name))}`,
            what: idle?.name ?? "NAME",
          },
        ]),
    ...(freeSenders >= needed.length
      ? []
      : [
          {
            key: "free-walsenders" as const,
            host,
            detail: `${freeSenders} of ${settings["max_wal_senders"]?.value ?? 0} WAL senders are free, ${needed.length} needed`,
          },
        ]),
  ];
}

/** On a standby nobody knows what they held, and it is not there: what is told then is that they come back empty. */
function unlogged({ host, server, databases }: PostgresReading, primary: boolean): Found[] {
  const names = [...databases].flatMap(([database, facts]) =>
    typeof facts === "string" ? [] : (facts satisfies DatabaseFacts).unlogged.map((name) => `${database}: ${name}`),
  );
  const all = [...names, ...(typeof server === "string" ? [] : server.shut)];
  return listed(
    "unlogged-rows",
    host,
    all.length === 0 || primary ? all : [`empty after the promotion, whatever they held: ${namesOf(all)}`],
  );
}
