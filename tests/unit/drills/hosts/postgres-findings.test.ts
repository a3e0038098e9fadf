import { expect } from "chai";
import { postgresFindings } from "../../../../drills/hosts/findings/postgres-findings";
import type { DatabaseFacts, PostgresReading, ServerFacts } from "../../../../drills/hosts/findings/read-postgres";

const PAIR = { from: "host-a", to: "host-b", toAddress: "203.0.113.2", backup: false };

type Settings = Readonly<Record<string, string>>;

const SETTINGS: Settings = {
  ...{ max_connections: "100", max_worker_processes: "8", max_wal_senders: "10", max_replication_slots: "10" },
  ...{ max_prepared_transactions: "0", max_locks_per_transaction: "64", wal_level: "replica" },
};

interface Change {
  readonly server?: Partial<ServerFacts>;
  readonly settings?: Settings;
  readonly database?: Partial<DatabaseFacts>;
}

function reading(host: string, { server = {}, settings = {}, database = {} }: Change): PostgresReading {
  return {
    host,
    replay: null,
    databases: new Map([
      ["shop", { unlogged: [], extensions: ["plpgsql 1.0"], jobs: false, collations: {}, ...database }],
    ]),
    server: {
      ...{ version: "15.8", transactions: [], deaf: [], prepared: [], senders: [], slots: [], pending: {} },
      ...{ tablespaces: [], shut: [], access: ["host all all all scram-sha-256"], archiving: { failing: false } },
      databases: [{ name: "shop", connects: true, recorded: "2.36", actual: "2.36" }],
      extensions: ["plpgsql 1.0"],
      settings: Object.fromEntries(
        Object.entries({ ...SETTINGS, ...settings }).map(([name, value]) => [name, { value, text: false }]),
      ),
      replay: host === "host-b" ? { pause: "not paused" } : null,
      ...server,
    },
  };
}

/** What is found where the primary, and the standby, are otherwise than a pair that is fit. */
function found(primary: Change, standby: Change = {}): string[] {
  return postgresFindings(reading("host-a", primary), reading("host-b", standby), PAIR).map(
    ({ key, host, detail }) => `${key} on ${host}: ${detail}`,
  );
}

/** What a failover finds, which reads the standby alone. */
function foundAlone(standby: Change): string[] {
  return postgresFindings(null, reading("host-b", standby), PAIR).map(({ key, detail }) => `${key}: ${detail}`);
}

const slot = { type: "physical", active: false, wal: "reserved", synced: false, kept: null } as const;

describe("what was read of two PostgreSQL servers", () => {
  it("is nothing to be told where both are alike", () => {
    expect(found({})).to.deep.equal([]);
    expect(foundAlone({})).to.deep.equal([]);
  });

  const libc = (actual: string): Change => ({
    server: { databases: [{ name: "shop", connects: true, recorded: "2.36", actual }] },
  });
  const extension = "postgis 3.4";
  const cases: readonly (readonly [string, Change, Change, readonly string[]])[] = [
    [
      "another libc on the standby: indexes on text are sorted otherwise there",
      {},
      libc("2.41"),
      ["collations-differ on host-b: database shop: 2.36 and 2.41 (on host-a, on host-b)"],
    ],
    ["the same new libc on both, which no switchover makes worse", libc("2.41"), libc("2.41"), []],
    [
      "a collation of an index that the standby has in another version",
      { database: { collations: { "public.de": "153.120" } } },
      { database: { collations: { "public.de": "153.14" } } },
      ["collations-differ on host-b: collation public.de in shop: 153.120 and 153.14 (on host-a, on host-b)"],
    ],
    [
      "databases with background jobs",
      { database: { jobs: true } },
      { database: { jobs: true } },
      ["background-jobs on host-a: shop"],
    ],
    [
      "an extension that the standby's host does not have",
      { database: { extensions: ["plpgsql 1.0", extension] }, server: { extensions: ["plpgsql 1.0", extension] } },
      {},
      ["extensions-missing on host-b: postgis 3.4; used in shop"],
    ],
    [
      "an extension in another version there",
      { database: { extensions: [extension] }, server: { extensions: [extension] } },
      { server: { extensions: ["postgis 3.3"] } },
      ["extensions-missing on host-b: postgis 3.4; used in shop"],
    ],
    ["an extension that neither host can install any more", { database: { extensions: [extension] } }, {}, []],
    [
      "fewer connections on the old primary",
      { settings: { max_connections: "50" } },
      {},
      ["standby-limits on host-a: max_connections is 50 on host-a and 100 on host-b"],
    ],
    [
      "fewer workers on the standby",
      { settings: { max_worker_processes: "16" } },
      {},
      ["standby-limits on host-b: max_worker_processes is 8 on host-b and 16 on host-a"],
    ],
    [
      "a limit of the old primary that its restart would lower",
      { server: { pending: { max_connections: "20" } } },
      {},
      [
        "pending-restart on host-a: max_connections from 100 to 20",
        "standby-limits on host-a: max_connections is 20 on host-a and 100 on host-b",
      ],
    ],
    [
      "a wal_level that does not do for a standby",
      {},
      { settings: { wal_level: "minimal" } },
      ["standby-limits on host-b: wal_level does not do for a standby"],
    ],
    [
      "a library that only the primary has loaded",
      { settings: { shared_preload_libraries: "timescaledb, pg_cron" } },
      { settings: { shared_preload_libraries: "timescaledb" } },
      ["preload-libraries on host-b: pg_cron is loaded on host-a only"],
    ],
    [
      "a rule of access that only the primary has",
      { server: { access: ["host all app 10.0.0.0/8 md5", "host all all all scram-sha-256"] } },
      {},
      ["access-rules-differ on host-b: only on host-a: host all app 10.0.0.0/8 md5"],
    ],
    [
      "other versions, and settings",
      { settings: { work_mem: "4096" } },
      { server: { version: "15.9" }, settings: { work_mem: "8192" } },
      [
        "settings-differ on host-b: work_mem: 4096 on host-a, 8192 on host-b",
        "server-versions on host-b: 15.8 on host-a, 15.9 on host-b",
      ],
    ],
    [
      "a slot for the old primary whose WAL is gone",
      {},
      { server: { slots: [{ ...slot, name: "understudy_host_a", wal: "lost" }] } },
      ["lost-slot on host-b: slot understudy_host_a: its WAL is lost"],
    ],
    [
      "a slot of ours that nobody uses",
      { server: { slots: [{ ...slot, name: "understudy_host_c", kept: 3_000_000 }] } },
      {},
      ["leftover-slots on host-a: understudy_host_c, which keeps 3 MiB of WAL"],
    ],
    [
      "no sender for the old primary",
      {},
      { settings: { max_wal_senders: "10" }, server: { senders: Array(10).fill({ pid: 1, slot: null, name: "x" }) } },
      ["free-walsenders on host-b: 0 of 10 WAL senders are free, 1 needed"],
    ],
    [
      "a logical slot that is kept in step on the standby is none that is lost",
      { server: { slots: [{ ...slot, type: "logical", name: "cdc", synced: true }] } },
      {},
      [],
    ],
    [
      "archiving that fails",
      { settings: { archive_mode: "on" }, server: { archiving: { failing: true } } },
      { settings: { archive_mode: "on" } },
      ["archiving on host-a: archive_mode is on, and archiving fails"],
    ],
    [
      "a server that does not keep what it acknowledges",
      {},
      { settings: { fsync: "off", full_page_writes: "on" } },
      ["less-durable on host-b: fsync is off"],
    ],
  ];
  for (const [what, primary, standby, expected] of cases) {
    it(`tells ${what}`, () => {
      const settings = { fsync: "on", full_page_writes: "on" };
      const withDurability = (change: Change): Change => ({ ...change, settings: { ...settings, ...change.settings } });
      expect(found(withDurability(primary), withDurability(standby))).to.deep.equal(expected);
    });
  }

  it("is judged against what the databases remember where the primary is gone", () => {
    expect(foundAlone(libc("2.41"))).to.deep.equal([
      "collations-differ: database shop: 2.36 and 2.41 (recorded, on host-b)",
    ]);
    expect(foundAlone({ database: { extensions: [extension] } })).to.deep.equal([
      "extensions-missing: postgis 3.4; used in shop",
    ]);
    expect(foundAlone({ settings: { synchronous_standby_names: "understudy_host_a" } })[0]).to.match(
      /^no-synchronous-standby: /,
    );
  });

  it("asks for a slot and a sender for the backup too, where there is one", () => {
    const few: Change = { settings: { max_replication_slots: "1" } };
    const keys = (backup: boolean): string[] =>
      postgresFindings(reading("host-a", few), reading("host-b", few), { ...PAIR, backup }).map(({ key }) => key);
    expect(keys(false)).to.deep.equal([]);
    expect(keys(true)).to.deep.equal(["free-slots"]);
  });

  it("is unknown, and told, where nobody could see whether replay moves", () => {
    const standby: PostgresReading = { ...reading("host-b", {}), replay: "no answer" };
    expect(
      postgresFindings(reading("host-a", {}), standby, PAIR).map(({ key, detail }) => `${key}: ${detail}`),
    ).to.deep.equal(["not-read: replay: no answer"]);
  });

  it("is unknown, and told, where a server or a database did not answer", () => {
    const silent: PostgresReading = { host: "host-b", server: "no answer", databases: new Map(), replay: null };
    expect(
      postgresFindings(reading("host-a", {}), silent, PAIR).map(({ key, detail }) => `${key}: ${detail}`),
    ).to.deep.equal(["not-read: PostgreSQL: no answer"]);
  });
});
