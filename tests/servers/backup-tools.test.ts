import { expect } from "chai";
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readSeal } from "../../drills/hosts/seal";
import { canRunPostgres, startPostgres, type RealPostgres } from "../support/real-postgres";
import { canRunRedis, startRedis } from "../support/real-redis";

/** Where a tool has no code for what it found, its words are read: here the tools themselves are heard, in the C locale. */
describe("what is read of the words of the real tools", function () {
  this.timeout(120_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "understudy-words-"));
    chmodSync(folder, 0o755);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  describe("pg_controldata, pg_waldump and pg_rewind", () => {
    let primary: RealPostgres | undefined;
    const guard = path.resolve(__dirname, "../../configs/guard");

    before(async function () {
      if (!canRunPostgres()) this.skip();
      mkdirSync(path.join(folder, "primary"));
      primary = await startPostgres(path.join(folder, "primary"), { wal_log_hints: "on" });
    });
    after(() => primary?.stop());

    /** A function of the guard's common part, or lines of its agent, over the primary's data. */
    function inGuard(script: string, variables: Readonly<Record<string, string>> = {}): string {
      const words = Object.entries(variables).map(([name, value]) => `${name}='${value}'; export ${name}`);
      const whole = [`PGDATA='${primary?.data ?? ""}'; export PGDATA LANG=de_DE.UTF-8`, ...words, script].join("\n");
      return primary?.run("sh", "-c", whole) ?? "";
    }

    it("a server that was stopped cleanly is read as the drill's seal", () => {
      primary?.run("pg_ctl", "-D", primary.data, "-m", "fast", "-w", "stop");
      const agent =
        readFileSync(path.join(guard, "postgres-agent.sh"), "utf8")
          .split("\nwhile read -r command")[0]
          ?.replace(". /understudy/common.sh", `. '${guard}/postgres-common.sh'`) ?? "";
      const said = inGuard(
        `${agent}\ncontrol_data\nprintf 'record=%s\\n' "$(LC_ALL=C pg_waldump -s "$location" -n 1 "$PGDATA/pg_wal/$file" 2>/dev/null)"`,
      );
      const answer = new Map(
        said
          .trim()
          .split("\n")
          .map((line) => [line.split("=", 1)[0] ?? "", [line.slice(line.indexOf("=") + 1)]]),
      );
      expect(readSeal(answer)).to.include({ clusterState: "shut down", timeline: 1 });
      const names = [
        "Database cluster state",
        "Database system identifier",
        "Latest checkpoint location",
        "Latest checkpoint'\"'\"'s TimeLineID",
        "Latest checkpoint'\"'\"'s REDO location",
        "Bytes per WAL segment",
      ];
      for (const name of names) {
        expect(inGuard(`. '${guard}/postgres-common.sh'; control '${name}'`).trim(), name).to.match(/^[\w/ ]+$/);
      }
      primary?.start();
    });

    it("data that has nothing of its own is said to need no rewind, on standard error", () => {
      const [from, same] = [path.join(folder, "primary"), path.join(folder, "primary/same")];
      primary?.run("pg_ctl", "-D", primary.data, "-m", "fast", "-w", "stop");
      primary?.run("cp", "-a", primary.data, same);
      primary?.start();
      const said = inGuard(
        [
          `. '${guard}/postgres-common.sh'`,
          `peer_dsn() { printf 'host=%s port=%s user=postgres dbname=postgres' '${from}' '${primary?.port ?? 0}'; }`,
          `PGDATA='${same}'`,
          "rewind_to_peer 60 --dry-run",
        ].join("\n"),
      );
      expect(said).to.include("no rewind required");
    });

    it("a slot that is there already is told by its SQLSTATE, in whatever language the server speaks", () => {
      primary?.stop();
      primary?.start({ LANGUAGE: "de" });
      primary?.sql("postgres", "alter system set lc_messages = 'C.UTF-8'", "select pg_reload_conf()");
      const create = `psql -AtqX -v VERBOSITY=verbose "host=${path.join(folder, "primary")} port=${primary?.port ?? 0} user=postgres replication=true" -c "CREATE_REPLICATION_SLOT again PHYSICAL RESERVE_WAL" 2>&1 || :`;
      inGuard(create);
      const said = inGuard(create);
      expect(said).to.include(" 42710: ").and.not.include("already exists");
    });
  });

  it("cp says which files had gone when it came to them", () => {
    const { stderr } = spawnSync("cp", ["-R", path.join(folder, "gone"), folder], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
    });
    expect(stderr).to.include("No such file or directory");
  });

  describe("restic", () => {
    const restic = (...words: string[]): SpawnSyncReturns<string> =>
      spawnSync("restic", ["--repo", path.join(folder, "repository"), "--no-cache", ...words], {
        encoding: "utf8",
        env: { ...process.env, LC_ALL: "C", RESTIC_PASSWORD: "hush" },
      });

    before(function () {
      if (spawnSync("restic", ["version"]).status !== 0) this.skip();
      mkdirSync(path.join(folder, "data"));
      writeFileSync(path.join(folder, "data/one"), "1".repeat(100_000));
      expect(restic("init").status).to.equal(0);
      expect(restic("backup", "--json", path.join(folder, "data")).status).to.equal(0);
    });

    it("names a snapshot, what was added and what a restore needs in JSON", () => {
      const backup = restic("backup", "--json", path.join(folder, "data")).stdout;
      expect(/.*"snapshot_id":"([^"]*)".*/.exec(backup)?.[1]).to.match(/^[0-9a-f]+$/);
      expect(backup).to.match(/.*"data_added":([0-9]*).*/);
      const stats = restic("--no-lock", "stats", "--json", "--mode", "restore-size", "latest").stdout;
      expect(stats).to.match(/.*"total_size":([0-9]*).*/);
    });

    it("says `already locked` where another process writes", () => {
      const holds = spawnSync(
        "sh",
        [
          "-c",
          `mkfifo "$1/hold"; (cat "$1/hold" | restic --repo "$1/repository" --no-cache backup --stdin >/dev/null 2>&1) & sleep 3
          restic --repo "$1/repository" --no-cache prune 2>"$1/err" >/dev/null; echo $?; : >"$1/hold"; wait`,
          "sh",
          folder,
        ],
        { encoding: "utf8", env: { ...process.env, LC_ALL: "C", RESTIC_PASSWORD: "hush" }, timeout: 60_000 },
      );
      expect(holds.stdout.trim()).to.not.equal("0");
      expect(readFileSync(path.join(folder, "err"), "utf8")).to.include("already locked");
    });

    it("ends well after a restore of what is damaged, and says how many errors there were", () => {
      for (const pack of globSync("data/*/*", { cwd: path.join(folder, "repository") })) {
        const file = path.join(folder, "repository", pack);
        chmodSync(file, 0o600);
        writeFileSync(file, Buffer.alloc(statSync(file).size, 7));
      }
      const { stdout, stderr, status } = restic(
        "--no-lock",
        "restore",
        "latest",
        "--target",
        path.join(folder, "restored"),
      );
      const said = /there were [1-9][0-9]* errors/i.test(stdout + stderr);
      expect(said || status !== 0, stdout + stderr).to.equal(true);
    });
  });

  describe("redis-check-rdb", () => {
    it("counts the keys of a snapshot on its standard output", async function () {
      if (!canRunRedis()) this.skip();
      const server = await startRedis(folder);
      server.cli("set", "a", "1");
      server.cli("set", "b", "1", "ex", "1000");
      server.cli("save");
      await server.stop();
      const { stdout } = spawnSync("redis-check-rdb", [path.join(folder, "dump.rdb")], { encoding: "utf8" });
      expect(/.* ([0-9]*) keys read$/m.exec(stdout)?.[1]).to.equal("2");
      expect(/.* ([0-9]*) expires$/m.exec(stdout)?.[1]).to.equal("1");
    });
  });
});
