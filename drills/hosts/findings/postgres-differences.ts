import { slotName } from "../../../settings/names";
import { POSTGRES_LIMITS } from "../../../settings/server/postgres-managed";
import { namesOf, type FindingsPair, type Found } from "./found";
import type { DatabaseFacts, PostgresReading, ServerFacts } from "./read-postgres";

/** Without them a crash loses what was acknowledged. */
const DURABILITY = ["fsync", "full_page_writes"] as const;

const WAL_LEVELS = ["minimal", "replica", "logical"];

/** What each host has of its own, or what other findings tell. */
const NOT_COMPARED = new Set<string>([
  ...POSTGRES_LIMITS,
  ...DURABILITY,
  ...[
    "primary_conninfo",
    "primary_slot_name",
    "cluster_name",
    "data_directory",
    "config_file",
    "hba_file",
    "ident_file",
  ],
  ...["transaction_read_only", "transaction_isolation", "transaction_deferrable", "in_hot_standby", "seed"],
  ...["recovery_min_apply_delay", "default_transaction_read_only", "shared_preload_libraries", "wal_level"],
  ...["synchronous_standby_names", "application_name", "external_pid_file", "restore_command", "session_authorization"],
]);

interface Readings {
  readonly from: PostgresReading | null;
  readonly to: PostgresReading;
}

interface Servers {
  /** Null where only the standby could be read. */
  readonly primary: ServerFacts | null;
  readonly standby: ServerFacts;
}

/** What both hosts do not have alike, as far as the promotion then matters; against itself where only one was read. */
export function hostDifferences(readings: Readings, servers: Servers, pair: FindingsPair): Found[] {
  const { primary, standby } = servers;
  return [
    ...(primary === null ? [] : [...serverDifferences(primary, standby, pair), ...limits(primary, standby, pair)]),
    ...synchronous(servers, pair),
    ...missingExtensions(readings, servers, pair),
    ...collations(readings, servers, pair),
  ];
}

function serverDifferences(primary: ServerFacts, standby: ServerFacts, { from, to }: FindingsPair): Found[] {
  const value = (server: ServerFacts, name: string): string => server.settings[name]?.value ?? "";
  const others = Object.keys({ ...primary.settings, ...standby.settings })
    .filter((name) => !NOT_COMPARED.has(name) && value(primary, name) !== value(standby, name))
    .toSorted()
    // Text may hold a secret, as a command does.
    .map((name) =>
      primary.settings[name]?.text === false
        ? `${name}: ${value(primary, name)} on ${from}, ${value(standby, name)} on ${to}`
        : name,
    );
  const libraries = (server: ServerFacts): string[] =>
    value(server, "shared_preload_libraries")
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "");
  const lacking = libraries(primary).filter((one) => !libraries(standby).includes(one));
  const rules = primary.access.filter((one) => !standby.access.includes(one));
  const durable = (server: ServerFacts, name: string): boolean => value(server, name) === "on";
  const less = DURABILITY.filter((name) => durable(primary, name) && !durable(standby, name));
  return [
    ...less.map((name): Found => ({ key: "less-durable", host: to, detail: `${name} is off`, what: name })),
    ...(others.length === 0 ? [] : [{ key: "settings-differ" as const, host: to, detail: namesOf(others) }]),
    ...lacking.map((one): Found => ({
      key: "preload-libraries",
      host: to,
      detail: `${one} is loaded on ${from} only`,
      what: one,
    })),
    ...(rules.length === 0
      ? []
      : [{ key: "access-rules-differ" as const, host: to, detail: `only on ${from}: ${namesOf(rules)}` }]),
    ...(primary.version === standby.version
      ? []
      : [
          {
            key: "server-versions" as const,
            host: to,
            detail: `${primary.version} on ${from}, ${standby.version} on ${to}`,
          },
        ]),
  ];
}

/** The old primary starts anew, with what waits for a restart; the standby is promoted as it runs. */
function limits(primary: ServerFacts, standby: ServerFacts, { from, to }: FindingsPair): Found[] {
  const unequal = POSTGRES_LIMITS.flatMap((name): Found[] => {
    const now = Number(primary.settings[name]?.value ?? 0);
    const then = Number(primary.pending[name] ?? now);
    const there = Number(standby.settings[name]?.value ?? 0);
    const differs = (host: string, detail: string): Found[] => [{ key: "standby-limits", host, detail, what: name }];
    if (then < there) return differs(from, `${name} is ${then} on ${from} and ${there} on ${to}`);
    return there < now ? differs(to, `${name} is ${there} on ${to} and ${now} on ${from}`) : [];
  });
  const level = standby.settings["wal_level"]?.value ?? "";
  const old = primary.pending["wal_level"] ?? primary.settings["wal_level"]?.value ?? "";
  const tooLow = WAL_LEVELS.indexOf(level) < 1 ? to : WAL_LEVELS.indexOf(old) < 1 ? from : undefined;
  return tooLow === undefined
    ? unequal
    : [
        ...unequal,
        { key: "standby-limits", host: tooLow, detail: "wal_level does not do for a standby", what: "wal_level" },
      ];
}

/** A promoted server that waits for a standby that is not there acknowledges nothing. */
function synchronous({ primary, standby }: Servers, { from, to }: FindingsPair): Found[] {
  const names = (server: ServerFacts | null): string => server?.settings["synchronous_standby_names"]?.value ?? "";
  const [ours, theirs] = [names(standby), names(primary)];
  const waits = ours !== "" && !["off", "local"].includes(standby.settings["synchronous_commit"]?.value ?? "on");
  const wanted = Number(/^(?:any|first)?\s*(\d+)\s*\(/i.exec(ours)?.[1] ?? 1);
  const matched = wanted <= 1 && (ours.includes("*") || ours.includes(slotName(from)));
  if (waits && (primary === null || !matched)) {
    return [
      {
        key: "no-synchronous-standby",
        host: to,
        detail: `synchronous_standby_names is ${ours}, and no standby of that name follows it then`,
      },
    ];
  }
  if (ours === "" && theirs === "") return [];
  return [
    {
      key: "synchronous-standby",
      host: to,
      detail: waits
        ? `commits on ${to} wait until ${from} follows`
        : `${from} waits for a standby (${theirs}), ${to} will not`,
    },
  ];
}

function missingExtensions({ from, to }: Readings, { primary, standby }: Servers, pair: FindingsPair): Found[] {
  const used = [...(from ?? to).databases].flatMap(([database, facts]) =>
    typeof facts === "string" ? [] : facts.extensions.map((extension) => ({ database, extension })),
  );
  const there = new Set(standby.extensions);
  // What neither host has is the same after a switchover as before.
  const lacking = used.filter(
    ({ extension }) => !there.has(extension) && (primary === null || primary.extensions.includes(extension)),
  );
  const missing = [...new Set(lacking.map(({ extension }) => extension))];
  if (missing.length === 0) return [];
  const where = [...new Set(lacking.map(({ database }) => database))];
  return [
    {
      key: "extensions-missing",
      host: pair.to,
      detail: `${namesOf(missing)}; used in ${namesOf(where)}`,
      what: missing.join(", "),
    },
  ];
}

/** By the libraries of each host; where only one was read, against what the databases remember. */
function collations({ from, to }: Readings, { primary, standby }: Servers, pair: FindingsPair): Found[] {
  const databases = standby.databases.flatMap(({ name, actual, recorded }) => {
    const other = primary === null ? { actual: recorded } : primary.databases.find((one) => one.name === name);
    return other === undefined || other.actual === actual
      ? []
      : [{ database: name, words: `database ${name}: ${other.actual ?? "none"} and ${actual ?? "none"}` }];
  });
  const facts = (reading: PostgresReading | null, name: string): DatabaseFacts | undefined => {
    const read = reading?.databases.get(name);
    return typeof read === "string" ? undefined : read;
  };
  const indexes = [...to.databases.keys()].flatMap((name) => {
    const [ours, theirs] = [facts(to, name)?.collations ?? {}, facts(from, name)?.collations];
    if (theirs === undefined) return [];
    return Object.entries(theirs)
      .filter(([collation, version]) => (ours[collation] ?? null) !== version)
      .map(([collation, version]) => ({
        database: name,
        words: `collation ${collation} in ${name}: ${version ?? "none"} and ${ours[collation] ?? "none"}`,
      }));
  });
  const all = [...databases, ...indexes];
  if (all.length === 0) return [];
  const [left, right] = [primary === null ? "recorded" : `on ${pair.from}`, `on ${pair.to}`];
  return [
    {
      key: "collations-differ",
      host: pair.to,
      detail: `${namesOf(all.map(({ words }) => words))} (${left}, ${right})`,
      what: all[0]?.database ?? "",
    },
  ];
}
