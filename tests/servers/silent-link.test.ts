import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { renderConfigFile } from "../../components/config-files";
import { canRunPostgresApart, PostgresApart } from "../support/postgres-apart";
import { temporaryFolder } from "../support/temporary-folder";

const GUARD = path.resolve(__dirname, "../../configs/guard/postgres-common.sh");
const BACKUP = path.resolve(__dirname, "../../configs/backup/common.sh");
const PRIMARY = "10.91.9.1";
const STANDBY = "10.91.9.2";

/** Longest that a checkpoint may take from the cut on, milliseconds. */
const CHECKPOINT_MS = 20_000;

/** What the scripts give a follower to reach the primary with. */
const WORDS = {
  "a standby": ['. "$1"; follow_dsn none', GUARD],
  "the receiver of the write-ahead log": ['. "$1"; receive_dsn', BACKUP],
} as const;

describe("a line that is cut under load, with the slot's limit reached", function () {
  this.timeout(180_000);
  const holders: ChildProcess[] = [];
  const servers: PostgresApart[] = [];
  const others: ChildProcess[] = [];
  let line: readonly [string, string] = ["", ""];
  let tables = "";
  after(() => {
    for (const one of others) one.kill("SIGKILL");
    for (const server of servers) server.end();
    for (const holder of holders) holder.kill("SIGKILL");
  });
  const folder = temporaryFolder();
  const inside = (namespace: string, ...words: string[]): string =>
    execFileSync("nsenter", [`--net=/proc/${namespace}/ns/net`, ...words], { encoding: "utf8", stdio: "pipe" });

  /** Two network namespaces with a line between them; they are gone with their holders. */
  async function twoEnds(): Promise<readonly [string, string]> {
    const [one, two] = await Promise.all(
      [0, 1].map(async () => {
        const holder = spawn("unshare", ["--net", "sh", "-c", "echo; exec sleep 600"], {
          stdio: ["ignore", "pipe", "ignore"],
        });
        holders.push(holder);
        await new Promise((resolve) => holder.stdout.once("data", resolve));
        return String(holder.pid);
      }),
    );
    if (one === undefined || two === undefined) throw new Error("no namespace");
    inside(one, "ip", "link", "add", "line", "type", "veth", "peer", "name", "line", "netns", two);
    for (const [namespace, address] of [
      [one, PRIMARY],
      [two, STANDBY],
    ] as const) {
      inside(namespace, "ip", "address", "add", `${address}/30`, "dev", "line");
      for (const link of ["lo", "line"]) inside(namespace, "ip", "link", "set", link, "up");
    }
    return [one, two];
  }

  /** Every packet is dropped where it arrives, at both ends, without a word to anybody. */
  function cut(on: boolean): void {
    for (const namespace of line)
      inside(namespace, tables, "-t", "raw", on ? "-I" : "-D", "PREROUTING", "-i", "line", "-j", "DROP");
  }

  /** The iptables that this kernel knows. */
  function workingTables(): string {
    const known = ["iptables", "iptables-legacy", "iptables-nft"].find((one) => {
      try {
        return inside(line[0], one, "-t", "raw", "-S") !== "";
      } catch {
        return false;
      }
    });
    if (known === undefined) throw new Error("no iptables works here");
    return known;
  }

  function dsnOf([script, file]: readonly [string, string], slot: string): string {
    return execFileSync("sh", ["-c", script, "sh", file], {
      encoding: "utf8",
      env: {
        ...process.env,
        PGDATA: path.join(folder(), "nowhere/pgdata"),
        UNDERSTUDY_BIN: path.dirname(file),
        UNDERSTUDY_RUN_FOLDER: path.join(folder(), "run"),
        UNDERSTUDY_HOST: "host-b",
        UNDERSTUDY_PEER_HOST: "host-a",
        UNDERSTUDY_PEER_ADDRESS: PRIMARY,
        UNDERSTUDY_PEER_PORT: "5432",
        UNDERSTUDY_PEER_TIMEOUT: "5",
        UNDERSTUDY_REPLICATION_USER: "understudy_replication",
        UNDERSTUDY_SLOT: slot,
      },
    });
  }

  /** The product's own configuration, with a limit that a minute's load reaches. */
  function startPrimary(): PostgresApart {
    const primary = new PostgresApart(path.join(folder(), "primary"), ["nsenter", `--net=/proc/${line[0]}/ns/net`]);
    servers.push(primary);
    primary.initialise();
    const config = path.join(folder(), "postgresql.conf");
    writeFileSync(config, renderConfigFile("timescaledb/postgresql.conf", { wal_keep_mib: 0, slot_keep_mib: 16 }));
    writeFileSync(
      path.join(primary.data, "pg_hba.conf"),
      "local all all trust\nhost all all all trust\nhost replication all all trust\n",
    );
    const small = ["max_wal_size=32MB", "min_wal_size=8MB", "timescaledb.max_background_workers=0"];
    primary.start(`config_file=${config}`, `hba_file=${primary.data}/pg_hba.conf`, ...small);
    primary.sql("create role understudy_replication with login replication");
    primary.sql("create table load (number int, padding text)");
    return primary;
  }

  const slotStatus = (primary: PostgresApart, slot: string): string =>
    primary.sql(`select wal_status from pg_replication_slots where slot_name = '${slot}'`);

  async function until(what: string, seen: () => boolean): Promise<void> {
    const end = performance.now() + 30_000;
    while (!seen()) {
      if (performance.now() > end) throw new Error(`never seen: ${what}`);
      await sleep(100);
    }
  }

  /** Writes until the slot may keep no more, then until a checkpoint has ended; how long that took, milliseconds. */
  function checkpointAfterCut(primary: PostgresApart): number {
    const began = performance.now();
    for (let turn = 0; turn < 8; turn += 1)
      primary.sql("insert into load select n, repeat('x', 200) from generate_series(1, 50000) n");
    primary.sql("checkpoint");
    return performance.now() - began;
  }

  before(async function () {
    if (!canRunPostgresApart) this.skip();
    chmodSync(folder(), 0o755);
    line = await twoEnds();
    tables = workingTables();
    startPrimary();
  });

  it("holds no checkpoint up for longer than 20 s when the standby is cut off", async () => {
    const [primary] = servers;
    if (primary === undefined) throw new Error("no server");
    const standby = new PostgresApart(path.join(folder(), "standby"), ["nsenter", `--net=/proc/${line[1]}/ns/net`]);
    servers.push(standby);
    primary.sql("select pg_create_physical_replication_slot('understudy_host_b', true)");
    standby.run("pg_basebackup", "-D", standby.data, "-h", PRIMARY, "-U", "understudy_replication", "-c", "fast");
    writeFileSync(path.join(standby.data, "standby.signal"), "");
    standby.start(
      ...["listen_addresses=", "primary_slot_name=understudy_host_b", "max_worker_processes=24"],
      `primary_conninfo=${dsnOf(WORDS["a standby"], "understudy_host_b")}`,
    );
    await until("a standby that streams", () => slotStatus(primary, "understudy_host_b") !== "" && streams(primary));
    cut(true);
    try {
      expect(checkpointAfterCut(primary)).to.be.below(CHECKPOINT_MS);
      expect(slotStatus(primary, "understudy_host_b")).to.be.oneOf(["lost", "unreserved"]);
    } finally {
      cut(false);
    }
  });

  it("nor when the backup container of the other host is", async () => {
    const [primary] = servers;
    if (primary === undefined) throw new Error("no server");
    primary.sql("select pg_create_physical_replication_slot('understudy_archive', true)");
    const receiver = new PostgresApart(path.join(folder(), "receiver"), ["nsenter", `--net=/proc/${line[1]}/ns/net`]);
    const dsn = dsnOf(WORDS["the receiver of the write-ahead log"], "understudy_host_b");
    const words = ["-D", receiver.data, "--slot=understudy_archive", "--status-interval=1", "--no-loop"];
    others.push(receiver.leave("pg_receivewal", "-d", dsn, ...words));
    await until("a receiver that streams", () => streams(primary));
    cut(true);
    try {
      expect(checkpointAfterCut(primary)).to.be.below(CHECKPOINT_MS);
      expect(slotStatus(primary, "understudy_archive")).to.be.oneOf(["lost", "unreserved"]);
    } finally {
      cut(false);
    }
  });

  function streams(primary: PostgresApart): boolean {
    return primary.sql("select count(*) from pg_stat_replication where state = 'streaming'") === "1";
  }
});
