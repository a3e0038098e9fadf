import { openSuperuser } from "../support/superuser";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { Backup } from "../../drills/services/backup/backups";
import { openScratch } from "../../drills/services/backup/scratch";
import type { ServiceContinuity } from "../../evidence/continuity";
import type { Check, EvidenceDocument } from "../../evidence/document";
import { pollUntil } from "../../drills/hosts/bounded";
import { oneRow, type PostgresSession } from "../../drills/hosts/postgres";
import { observePair } from "../../drills/hosts/observe";
import { observedRole } from "../../evidence/observed-role";
import type { Environment } from "../../settings/environment";
import { loadEnvironment } from "../../settings/load-environment";
import { DATABASE, EVENTS_TABLE, SUPERUSER } from "../../settings/names";
import { namedHosts, viewFrom } from "../../settings/pair";
import { SERVICE_NAMES } from "../../settings/services";
import { good } from "../support/lab-pair";
import { labCredentials, understudy, type Finished } from "../support/lab-stacks";
import { backup, inBackup, json, upWithBackups, upWithoutBackups, WITH_BACKUPS } from "../support/lab-with-backups";
import { temporaryFolder } from "../support/temporary-folder";

let environment: Environment;

async function primary(): Promise<string> {
  const topology = await observePair(namedHosts(environment), environment, await labCredentials());
  const [name = "nobody"] = ["host-a", "host-b"].filter((host) => observedRole(topology, host) === "primary");
  return name;
}

describe("backups on the other host", function () {
  this.timeout(600_000);
  this.slow(120_000);
  const folder = temporaryFolder();
  let sql: PostgresSession | undefined;

  before(async () => {
    environment = loadEnvironment(WITH_BACKUPS);
    await upWithBackups();
  });
  after(async () => {
    await sql?.end();
    await upWithoutBackups();
  });

  async function failover(name: string, ...words: string[]): Promise<{ run: Finished; document: EvidenceDocument }> {
    const file = `${folder()}/${name}.env`;
    const run = await understudy("failover", "--env-config", WITH_BACKUPS, "--output-file", file, ...words);
    return { run, document: JSON.parse(readFileSync(file.replace(/env$/, "json"), "utf8")) as EvidenceDocument };
  }

  /** The drill must have ended at backup-sync-check, with both hosts as they were. */
  async function refusedAtSyncCheck(name: string, reason: RegExp): Promise<void> {
    const before = await primary();
    const { run, document } = await failover(name, "--execute");
    expect(run.code, run.stdout + run.stderr).to.equal(1);
    expect(document.failedStep).to.equal("backup-sync-check");
    expect(document.steps.map((one) => one.status)).to.deep.equal([
      "passed",
      "failed",
      "skipped",
      "skipped",
      "skipped",
    ]);
    expect(document.steps[1]?.failure?.reason).to.match(reason);
    expect(document.probe?.timescaledb.counts.lost).to.equal(0);
    expect(await primary()).to.equal(before);
  }

  /** How many journal rows of a run PostgreSQL of host-b has when it is restored as far as `at`. */
  async function restoredRows(run: string, at?: string): Promise<string> {
    const scratch = await openScratch(environment, "host-b");
    try {
      const restored = await scratch.restore("timescaledb", at);
      const query = `select count(*) from ${EVENTS_TABLE} where run = '${run}'`;
      return (await restored.run(["psql", "-h", "/tmp", "-U", SUPERUSER, "-d", DATABASE, "-AtqXc", query])).trim();
    } finally {
      await scratch.close();
    }
  }

  it("are taken of every service when asked for, and listed", async () => {
    const taken = await json<{ service: string; id: string; bytes: number }[]>(backup("now", "--output", "json"));
    expect(taken.map((one) => one.service)).to.deep.equal([...SERVICE_NAMES]);
    expect(taken.filter((one) => !(one.bytes > 0))).to.deep.equal([]);
    const listed = await json<Backup[]>(backup("list", "--output", "json"));
    for (const { id } of taken) expect(listed.map((one) => one.id.slice(0, id.length))).to.include(id);
  });

  it("are found sound, young and with the whole write-ahead log", async () => {
    const checks = await json<Check[]>(backup("check", "--output", "json"));
    expect(checks.map((one) => one.name)).to.include.members(["backup repository", "redis backup age, seconds"]);
    expect(new Set(checks.map((one) => one.host))).to.deep.equal(new Set(["host-a", "host-b"]));
  });

  it("are restored by the verb in a scratch network, and by default nowhere else", async () => {
    const restored = await json<{ service: string; backup: Backup }[]>(
      backup("restore", "--service", "redis", "--output", "json"),
    );
    expect(restored.map((one) => [one.service, one.backup.service])).to.deep.equal([["redis", "redis"]]);
  });

  it("can be left open to be read: the command that is printed reads a table of then, and writes nothing", async () => {
    const opened = await json<{ commands: string[]; databases: string[] }>(
      backup("restore", "--service", "timescaledb", "--open", "--output", "json"),
    );
    expect(opened.databases).to.include(DATABASE);
    const psql = opened.commands[0]
      ?.replace("ssh -t", "ssh")
      .replace("exec -it", "exec")
      .replace(/-d \S+$/, `-d ${DATABASE}`);
    const ask = (query: string): string =>
      execFileSync("sh", ["-c", `${psql ?? ""} -Atqc "'${query}'" 2>&1 || :`], { encoding: "utf8" }).trim();
    expect(ask(`select count(*) > 0 from ${EVENTS_TABLE}`)).to.equal("t");
    expect(ask(`delete from ${EVENTS_TABLE}`)).to.match(/read-only transaction/);
    good(await backup("close"));
    expect((await backup("close")).code).to.equal(3);
  });

  it("are restored before an executed swap, each equal to what it must hold, and the evidence is accepted", async () => {
    const { run, document } = await failover("there", "--execute");
    expect(run.code, run.stdout + run.stderr).to.equal(0);
    const kept: ServiceContinuity[] = document.continuity?.services ?? [];
    expect(kept.map(({ service, restore }) => [service, restore?.outcome, restore?.reason])).to.deep.equal(
      SERVICE_NAMES.map((service) => [service, "equal", null]),
    );
    expect(kept.every((one) => one.backup !== null && one.backup.ageSeconds <= one.backup.maxAgeSeconds)).to.equal(
      true,
    );
    good(
      await understudy(
        "verify",
        "--evidence",
        `${folder()}/there.env`,
        "--max-failover-seconds",
        "120",
        "--max-data-lag-events",
        "0",
      ),
    );
    expect(await primary()).to.equal("host-b");
  });

  it("go the other way after the swap: the log has no gap across timelines, and a row written since is restored", async () => {
    sql = await openSuperuser(viewFrom(environment, "host-b").self);
    const run = `after-swap-${Date.now()}`;
    await sql.query(`insert into ${EVENTS_TABLE} (run, seq) values ($1, 1)`, [run]);
    await sql.query("select pg_create_restore_point($1)", [run]);
    await sql.query(`insert into ${EVENTS_TABLE} (run, seq) values ($1, 2)`, [run]);
    const { timeline } = await oneRow<{ timeline: string }>(
      sql,
      "select upper(lpad(to_hex(timeline_id), 8, '0')) as timeline from pg_control_checkpoint()",
    );
    await sql.query("select pg_switch_wal()");
    good(await backup("check"));
    // What was carried over is in no backup of this host before this.
    // Some of them may be due after the swap, and be under way already.
    const taking = (): Promise<Finished> => backup("now", "--host", "host-b");
    good((await pollUntil(taking, ({ code }) => code === 0, { deadlineMs: 120_000, pauseMs: 5000 })).reading);
    const files = await inBackup("host-a", "ls /backup/wal/host-b");
    expect(files).to.match(new RegExp(`^${timeline}[0-9A-F]{16}(\\.partial)?$`, "m"));
    expect(files).to.include(`${timeline}.history`);
    expect(await restoredRows(run, run), "up to the named point").to.equal("1");
    expect(await restoredRows(run), "up to the end of the log").to.equal("2");
  });

  it("put closed write-ahead log into the repository, from which a restore brings it back", async () => {
    const run = `in-a-batch-${Date.now()}`;
    await sql?.query(`insert into ${EVENTS_TABLE} (run, seq) values ($1, 1)`, [run]);
    for (let turns = 3; turns > 0; turns -= 1) {
      await sql?.query(`insert into ${EVENTS_TABLE} (run, seq) values ($1, $2)`, [`${run}-on`, turns]);
      await sql?.query("select pg_switch_wal()");
    }
    const take = "sleep 3; UNDERSTUDY_LOG_YOUNG_SECONDS=0 sh /understudy/take.sh log";
    expect(await inBackup("host-a", take)).to.match(/^result=ok$/m);
    const lying = await inBackup("host-a", "sh /understudy/ask.sh wal");
    expect(lying.match(/"files:/g)).to.not.equal(null);
    good(await backup("check"));
    expect(await restoredRows(run), "a base backup from before, and the log from the repository").to.equal("1");
  });

  it("stop a drill that finds one damaged byte in the repository, which names it and touches nothing", async () => {
    const pack = await inBackup("host-a", "find /backup/repository/host-b/data -type f -size +4k | sort | head -n 1");
    const flip = `printf '%b' "\\\\0$(printf '%o' $(( $(od -An -tu1 -j2000 -N1 ${pack}) ^ 255 )))" | dd of=${pack} bs=1 seek=2000 conv=notrunc 2>/dev/null; echo flipped`;
    await inBackup("host-a", flip);
    try {
      await refusedAtSyncCheck("damaged", /backup repository on host-b: (damaged|backups of)/);
    } finally {
      await inBackup("host-a", flip);
    }
  });

  it("stop a drill that misses a segment of the write-ahead log, by its name", async () => {
    const segment = await inBackup("host-a", "ls /backup/wal/host-b | grep -E '^[0-9A-F]{24}$' | tail -n 1");
    await inBackup("host-a", `mv /backup/wal/host-b/${segment} /backup/kept; echo moved`);
    try {
      const { run, document } = await failover("gap");
      expect(run.code).to.equal(1);
      expect(document.failedStep).to.equal("backup-sync-check");
      expect(run.stdout).to.include(`${segment} is missing`);
    } finally {
      await inBackup("host-a", `mv /backup/kept /backup/wal/host-b/${segment}; echo back`);
    }
  });

  it("swap back with the backups of the other host", async () => {
    const { run } = await failover("back", "--execute");
    expect(run.code, run.stdout + run.stderr).to.equal(0);
    expect(await primary()).to.equal("host-a");
  });
});
