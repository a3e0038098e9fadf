import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { compareContent } from "../../drills/services/backup/content/content";
import { readUserData, unchangedBetween, userContent } from "../../drills/services/backup/content/user-data";
import { askRestored } from "../../drills/services/backup/user-data-asks";
import { parseBackups } from "../../drills/services/backup/backups";
import { BaseBackups, canBackUp } from "../support/base-backups";
import { temporaryFolder } from "../support/temporary-folder";

const COUNT = "select count(*) || ' ' || sum(id) from orders";
/** As versions before the stream took a backup: the files themselves, verified where they were staged. */
const FORMER = `set -e
. "$UNDERSTUDY_BIN/common.sh"
staging=$backup/staging/timescaledb
pg_basebackup -d "$(peer_dsn replication)" -D "$staging/pgdata" --wal-method=stream --checkpoint=fast --no-password
label=$staging/pgdata/backup_label
theirs backup --host host-b --tag timescaledb --tag "start:$(sed -n 's/^START WAL LOCATION: \\([^ ]*\\) .*/\\1/p' "$label")" \\
  --tag "wal:$(sed -n 's/^START WAL LOCATION: .*(file \\([0-9A-F]*\\))$/\\1/p' "$label")" --tag bytes:1 "$staging"
rm -rf "$staging"`;
/** A base backup once more, by the name that versions before restic 0.18.0 gave it. */
const LONGER_NAME = `set -e
. "$UNDERSTUDY_BIN/common.sh"
tags=$(theirs snapshots --json "$1" | grep -o '"tags":\\[[^]]*\\]' | cut -d '[' -f 2 | tr -d ']"' | tr , '\\n' | sed 's/^/--tag=/')
theirs dump "$1" /timescaledb | theirs backup --host host-b $tags --stdin --stdin-filename "$2"`;

describe("base backups of a real PostgreSQL in a real repository", function () {
  this.timeout(120_000);
  this.slow(60_000);
  let backups: BaseBackups | undefined;
  after(() => backups?.close());
  const folder = temporaryFolder();
  const real = (): BaseBackups => {
    if (backups === undefined) throw new Error("not opened");
    return backups;
  };

  before(async function () {
    if (!canBackUp()) this.skip();
    backups = await BaseBackups.open(folder());
    backups.sql("create table orders as select generate_series(1, 1000) as id");
  });

  it("restores what a version that staged the files made", async () => {
    execFileSync("sh", ["-c", FORMER], { env: real().stage.variables, stdio: ["ignore", "ignore", "inherit"] });
    real().sql("insert into orders values (2000)");
    expect(await real().restored((answer) => answer(COUNT))).to.equal("1001 502500");
  });

  it("streams one into the repository without staging it, and it restores with all that came after it", async () => {
    const said = real().take();
    expect(said.code, said.err).to.equal(0);
    expect(readdirSync(real().stage.at("backup/staging"))).to.deep.equal([]);
    const others = real().snapshots().slice(1);
    expect(others.map(({ paths }) => paths)).to.deep.equal([["/timescaledb"]]);
    const [backup] = parseBackups(JSON.stringify(others));
    expect(backup?.base).to.have.property(
      "systemIdentifier",
      real().sql("select system_identifier from pg_control_system()"),
    );
    expect(backup?.bytes).to.be.greaterThan(20_000_000);
    expect(Date.parse(backup?.at ?? "")).to.be.greaterThan(Date.parse(backup?.begunAt ?? ""));
    expect(real().status()).to.include(`snapshot=${backup?.id.slice(0, 8) ?? ""}\n`);
    real().sql("insert into orders values (3000)");
    expect(await real().restored((answer) => answer(COUNT))).to.equal("1002 505500");
  });

  it("restores one that an earlier version stored by a longer name, of the same series", async () => {
    const { id } = real().snapshots().at(-1) ?? expect.fail("no backup");
    const staging = real().stage.at("backup/staging/timescaledb");
    execFileSync("sh", ["-c", LONGER_NAME, "sh", id, staging], { env: real().stage.variables });
    const { tags, paths } = real().snapshots().at(-1) ?? expect.fail("no backup");
    expect(paths).to.deep.equal([staging]);
    expect(tags).to.include("timescaledb");
    expect(await real().restored((answer) => answer(COUNT))).to.equal("1002 505500");
    const limits = { ...real().stage.variables, UNDERSTUDY_KEEP_LAST: "1", UNDERSTUDY_KEEP_DAYS: "0" };
    execFileSync("sh", [real().stage.at("bin/tidy.sh")], { env: limits });
    expect(
      real()
        .snapshots()
        .map((one) => one.paths),
    ).to.deep.equal([[staging]]);
  });

  it("names the file without a folder, at which restic 0.18.0 fails; and says what restic says when that fails", () => {
    const fails = `echo "Fatal: open /backup: no such file or directory" >&2; exit 1`;
    writeFileSync(real().stage.at("restic"), `case "$*" in *"--stdin-filename /"*) ${fails} ;; esac`);
    expect(real().take().code).to.equal(0);
    writeFileSync(real().stage.at("restic"), `case "$*" in *"--stdin-filename "*) ${fails} ;; esac`);
    expect(real().take().code).to.equal(1);
    expect(real().status()).to.match(/reason=restic: Fatal: open \/backup: no such file or directory .*has room\)\n/);
    rmSync(real().stage.at("restic"));
  });

  it("makes no backup of what pg_basebackup did not end well, however much of it came", () => {
    const before = real().snapshots();
    writeFileSync(
      real().stage.at("basebackup"),
      'PATH=${PATH#*:}; pg_basebackup "$@"; echo "could not receive data" >&2; exit 1',
    );
    expect(real().take().code).to.equal(1);
    expect(real().status())
      .to.match(/^result=failed\n/)
      .and.include("reason=pg_basebackup: could not receive data\n");
    writeFileSync(real().stage.at("basebackup"), 'PATH=${PATH#*:}; pg_basebackup "$@" | head -c 9000000; exit 0');
    expect(real().take().code).to.equal(1);
    expect(real().status()).to.include("reason=the backup is not whole: ");
    expect(real().snapshots()).to.deep.equal(before);
    rmSync(real().stage.at("basebackup"));
  });

  it("makes none of what was given up for want of room, or for a drill, and leaves no process", async () => {
    const before = real().snapshots();
    writeFileSync(real().stage.at("basebackup"), 'echo 0 >"$STAGE/free"; head -c 9000000 /dev/zero; exec sleep 600');
    expect(real().take().code).to.equal(1);
    expect(real().status()).to.match(
      /reason=no room on host-a: 0 MiB are free for backups, at least 0 MiB must be; restic: .*given up in the middle of the backup\n/,
    );
    rmSync(real().stage.at("free"));
    writeFileSync(real().stage.at("basebackup"), 'head -c 9000000 /dev/zero; : >"$STAGE/begun"; exec sleep 600');
    expect(await real().takeUntil((taker) => taker.kill("SIGTERM"))).to.equal(75);
    const held = await real().takeUntil(() => expect(real().stage.run("ask.sh", "hold", "60")).to.include({ code: 0 }));
    expect(held).to.equal(75);
    expect(real().take().code, "while a drill is under way").to.equal(75);
    real().stage.run("ask.sh", "release");
    rmSync(real().stage.at("basebackup"));
    expect(real().snapshots()).to.deep.equal(before);
    expect(real().restic("list", "locks").trim()).to.equal("");
  });

  it("is taken away by the next tidying where it was never seen to be whole; no good one is", () => {
    const before = real().snapshots();
    const staging = real().stage.at("backup/staging/timescaledb");
    real().resticFrom(
      "cut off",
      "backup",
      "--host",
      "host-b",
      "--tag",
      "unconfirmed",
      "--stdin",
      "--stdin-filename",
      staging,
    );
    expect(real().snapshots()).to.have.length(before.length + 1);
    const said = real().stage.run("tidy.sh");
    expect(said.code, said.err).to.equal(0);
    expect(real().snapshots()).to.deep.equal(before);
  });

  it("receives no log below the floor, tells so, and goes on where it was when there is room again", async () => {
    const archive = (): string => readFileSync(real().stage.at("backup/status/host-b.archive"), "utf8");
    const receives = (): string => real().sql("select count(*) from pg_stat_replication");
    const until = async (there: () => boolean): Promise<void> => {
      for (let turns = 150; !there() && turns > 0; turns -= 1) await sleep(100);
      expect(there()).to.equal(true);
    };
    await until(() => receives() === "1");
    expect(archive()).to.match(/^result=ok\n/);
    writeFileSync(real().stage.at("free"), "0\n");
    await until(() => receives() === "0");
    expect(archive()).to.include(
      "reason=no room on host-a: 0 MiB are free for backups, at least 0 MiB must be: the write-ahead log of host-b is not received\n",
    );
    real().sql("insert into orders values (4000)");
    rmSync(real().stage.at("free"));
    await until(() => receives() === "1");
    expect(archive()).to.match(/^result=ok\n/);
    expect(readdirSync(real().stage.at("backup/wal")).filter((one) => one.includes("until"))).to.deep.equal([]);
  });

  it("is compared with the user's databases: schemas, and the rows of tables that did not change meanwhile", async () => {
    real().sql('create database "it\'s a shop"');
    real().sql("create database understudy");
    const shop = (...words: string[]): string => real().inDatabase("it's a shop", ...words);
    shop("create table sold as select generate_series(1, 300) as id", 'create table "Moving" (id int default 7)');
    shop("create view dear as select * from sold where id > 200", "create unlogged table passing as select 1 as id");
    shop("create function twice(i int) returns int language sql as 'select 2 * i'");
    const theirs = askRestored({ run: real().runOn() });
    const before = await readUserData(theirs);
    expect(real().take().code).to.equal(0);
    shop('insert into "Moving" values (1), (2)');
    await real().restored(async (_answer, run) => {
      const ours = askRestored({ run });
      const same = unchangedBetween(before, await readUserData(theirs, before));
      const [recorded, restored] = [userContent(before, same), userContent(await readUserData(ours, before), same)];
      const compared = compareContent(recorded, restored);
      expect(compared.outcome, compared.reason ?? "").to.equal("equal");
      expect(recorded).to.include({
        databases: "it's a shop, postgres, understudy",
        "tables of database it's a shop": 2,
        "unlogged tables of database it's a shop, whose rows no backup has": 1,
        "tables of database it's a shop whose rows are compared": 1,
        "rows of public.sold in database it's a shop": 300,
        "rows of public.orders in database postgres": Number(real().sql("select count(*) from orders")),
      });
      await ours("it's a shop", "delete from public.sold where id = 1 returning id::text");
      await ours("it's a shop", "drop function public.twice; select 'x'");
      const other = compareContent(recorded, userContent(await readUserData(ours, before), same));
      expect(other.reason).to.match(
        /^schema of database it's a shop, md5: \w+ restored, \w+ recorded; rows of public\.sold in database it's a shop: 299 restored, 300 recorded$/,
      );
    });
  });

  it("holds what lies in tablespaces, brings them back into the volume, and can be taken again", async () => {
    real().sql(`create tablespace depot location '${real().ownFolder("an odd\\ |place")}'`);
    real().sql("create table parts tablespace depot as select generate_series(1, 70000) as id");
    expect(real().take().code, "the first").to.equal(0);
    const said = real().take();
    expect(said.code, said.err).to.equal(0);
    const seen = await real().restored((answer) => [
      answer("select count(*) from parts"),
      answer("select pg_tablespace_location(oid) from pg_tablespace where spcname = 'depot'"),
    ]);
    expect(seen[0]).to.equal("70000");
    expect(seen[1]).to.match(new RegExp(`^${real().at("volume")}/tablespaces/\\d+$`));
    expect(existsSync(real().stage.at("backup/staging/timescaledb"))).to.equal(false);
  });
});
