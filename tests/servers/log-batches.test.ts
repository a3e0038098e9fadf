import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { parseBackups } from "../../drills/services/backup/backups";
import { logArchive, SEGMENT } from "../support/log-archive";

describe("the write-ahead log of a real PostgreSQL in batches in a real repository", function () {
  this.timeout(180_000);
  this.slow(60_000);
  const { real, folder, insert, ids, batch, everything, inFolder, stored, gap, status } = logArchive();

  it("of an archive that an earlier version began goes on, and goes into the repository in order, compressed", async () => {
    await real().receiveNoMore();
    rmSync(real().stage.at("backup/wal/host-b/line"));
    expect(batch().code, "before it is known which log it is").to.equal(75);
    await real().receive();
    await insert(1, 2, 3, 4, 5);
    const before = inFolder();
    const said = batch();
    expect(said.code, said.err).to.equal(0);
    const [first] = stored();
    expect(first?.files.map((one) => one.name)).to.deep.equal(before.slice(0, 3));
    expect(inFolder()).to.deep.equal(before.slice(3));
    expect(status()).to.match(/^result=ok\n/);
    expect(JSON.parse(real().restic("cat", "config"))).to.include({ version: 2 });
    expect(Number(/^added=(\d+)$/m.exec(status())?.[1]), "48 MiB of it").to.be.lessThan(SEGMENT / 2);
    expect(JSON.parse(real().restic("snapshots", "--json", "--tag", "log"))).to.have.nested.property(
      "[0].hostname",
      "host-b.wal",
    );
    expect(gap()).to.equal(undefined);
  });

  it("keeps the newest file of the folder, from which the receiver goes on", async () => {
    everything();
    expect(inFolder()).to.have.length.lessThan(2);
    await real().receiveNoMore();
    real().sql("insert into orders values (6)");
    real().sql("select pg_switch_wal()");
    await real().receive();
    await insert(7);
    expect(gap()).to.equal(undefined);
    expect(await ids()).to.equal("1 2 3 4 5 6 7");
  });

  it("is restored to a point, across batches, what is in the folder and a new timeline", async () => {
    real().sql("select pg_create_restore_point('early')");
    await insert(8, 9);
    everything();
    const lsn = real().sql("select pg_current_wal_lsn()");
    await insert(10);
    await real().changeTimeline();
    await insert(11, 12);
    expect(batch().code).to.equal(0);
    await insert(13);
    expect(gap()).to.equal(undefined);
    expect(stored().flatMap((one) => one.files.map(({ name }) => name.slice(0, 8)))).to.include("00000002");
    expect(await ids("-c recovery_target_name=early -c recovery_target_action=promote")).to.equal("1 2 3 4 5 6 7");
    expect(await ids(`-c recovery_target_lsn=${lsn} -c recovery_target_action=promote`)).to.equal("1 2 3 4 5 6 7 8 9");
    expect(await ids()).to.equal("1 2 3 4 5 6 7 8 9 10 11 12 13");
  });

  it("brings no more of it than is asked for", async () => {
    const [, second] = stored();
    const last = second?.files[0]?.name.slice(8) ?? "";
    const brought = await real().restored(() => readdirSync(real().at("volume/wal")), { last: [last] });
    expect(brought.filter((one) => one.slice(8, 24) > last)).to.deep.equal([]);
    expect(brought).to.include(second?.files[0]?.name).and.include("00000002.history");
  });

  it("asks for the room of all of it before it restores any", () => {
    writeFileSync(real().stage.at("free"), String(5 * SEGMENT));
    const base = real()
      .snapshots()
      .find((one) => one.tags.includes("timescaledb"));
    const segment = base?.tags.find((one) => one.startsWith("wal:"))?.slice(4) ?? "";
    const words = ["timescaledb", base?.id ?? "", real().at("volume"), real().at("space"), segment];
    const { code, err } = real().stage.run("restore.sh", ...words);
    rmSync(real().stage.at("free"));
    expect(code).to.equal(1);
    expect(err).to.match(/needs \d+ bytes, and \d{9} more for its log, and 83886080 are free: nothing was restored/);
  });

  it("gives a base backup the log that belongs to it, where that begins in the repository", async () => {
    await insert(205);
    const sql = `psql -AtqX -h ${folder()} -p ${real().stage.variables["UNDERSTUDY_PEER_PORT"] ?? ""} -U postgres -d postgres`;
    writeFileSync(
      real().stage.at("basebackup"),
      `PATH=\${PATH#*:}; pg_basebackup "$@" || exit
for one in 1 2; do ${sql} -c 'insert into filler values (1)' -c 'select pg_switch_wal()' >/dev/null; sleep 1; done
rm "$STAGE/run/timescaledb.lock"; PATH="$STAGE/path:$PATH"
while sh "$STAGE/bin/take.sh" log >/dev/null; do :; done; exit 0`,
    );
    const said = real().take();
    rmSync(real().stage.at("basebackup"));
    expect(said.code, said.err + real().status()).to.equal(0);
    const segment =
      real()
        .snapshots()
        .at(-1)
        ?.tags.find((one) => one.startsWith("wal:"))
        ?.slice(4) ?? "";
    expect(inFolder()).to.not.include(segment);
    expect(await ids()).to.match(/ 205$/);
  });

  it("is kept as long as a base backup needs it, and no longer", async () => {
    await insert(300);
    everything();
    const bases = (): readonly string[] =>
      real()
        .snapshots()
        .filter((one) => one.tags.includes("timescaledb"))
        .map((one) => one.id);
    const before = stored().length;
    const tidy = (): void => {
      const said = real().stage.run("tidy.sh");
      expect(said.code, said.err).to.equal(0);
      expect(readFileSync(real().stage.at("backup/status/host-b.repository"), "utf8")).to.match(/^result=ok\n/);
    };
    tidy();
    expect(stored()).to.have.length(before);
    real().restic("forget", ...bases().slice(0, -1));
    tidy();
    const kept = stored();
    expect(kept.length).to.be.lessThan(before);
    const [base] = parseBackups(real().restic("snapshots", "--json"));
    const needed = base?.base?.firstSegment.slice(8) ?? "";
    for (const { files } of kept) expect((files.at(-1)?.name.slice(8) ?? "") >= needed).to.equal(true);
    expect(gap()).to.equal(undefined);
    expect(await ids()).to.match(/ 300$/);
    expect(existsSync(real().stage.at("backup/staging/log"))).to.equal(false);
  });

  it("is what the container does by itself when it is due", async () => {
    await insert(350, 351);
    const before = inFolder();
    await real().receiveNoMore();
    for (const one of ["rclone", "busybox"])
      writeFileSync(real().stage.at("path", one), "#!/bin/sh\nexec sleep 600\n", { mode: 0o755 });
    const more = { UNDERSTUDY_LOG_DUE_BYTES: "1", UNDERSTUDY_INTERVALS: "", UNDERSTUDY_MAX_AGES: "" };
    const service = spawn("sh", [real().stage.at("bin/service.sh")], {
      ...{ env: { ...real().stage.variables, ...more }, stdio: "ignore", detached: true },
    });
    for (let turns = 400; inFolder().includes(before[0] ?? "") && turns > 0; turns -= 1) await sleep(100);
    const ended = new Promise((resolve) => service.once("close", resolve));
    process.kill(-(service.pid ?? 0), "SIGTERM");
    await ended;
    expect(inFolder()).to.not.include(before[0]);
    expect(gap()).to.equal(undefined);
    await real().receive();
    await insert(352);
    expect(gap()).to.equal(undefined);
  });
});
