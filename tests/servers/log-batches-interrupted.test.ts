import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { parseWholeLog } from "../../drills/services/backup/log-batches";
import { logArchive, SEGMENT } from "../support/log-archive";

/** Ends the process that takes a batch, as a power cut would, when restic is called for one thing. */
const KILLED_AT = (words: string, after = ""): string =>
  `case "$*" in ${words}) ${after} kill -KILL "$(cat "$STAGE/run/log.pid")"; exit 1 ;; esac`;

describe("a batch of the write-ahead log that is interrupted", function () {
  this.timeout(180_000);
  this.slow(60_000);
  const { real, insert, ids, batch, everything, inFolder, stored, gap, status, hook } = logArchive();

  for (const [when, words, after] of [
    ["restic has written", '*" backup "*', 'PATH=${PATH#*:}; restic "$@" & sleep 0.3; kill -KILL $!; wait $!;'],
    ["it is named", '*" tag "*', ""],
    ["it is removed from the folder", '*" log,begun:"*', ""],
  ] as const) {
    it(`loses nothing when it is killed before ${when}`, async () => {
      await insert(100, 101);
      const before = inFolder();
      const batches = stored().length;
      hook(KILLED_AT(words, after));
      expect(batch().code).to.equal(null);
      // What it had begun ends a moment later than itself, and holds its lock until then.
      execFileSync("flock", ["-w", "60", real().stage.at("run/log.lock"), "true"]);
      rmSync(real().stage.at("restic"));
      expect(inFolder()).to.deep.equal(before);
      expect(gap()).to.equal(undefined);
      expect(stored().length - batches).to.equal(when === "it is removed from the folder" ? 1 : 0);
      expect(real().stage.run("tidy.sh").code).to.equal(0);
      expect(
        real()
          .snapshots()
          .filter((one) => one.tags.includes("unconfirmed-log")),
      ).to.deep.equal([]);
      everything();
      expect(inFolder()).to.not.include(before[0]);
      expect(gap()).to.equal(undefined);
    });
  }

  it("has lost nothing after that", async () => {
    expect(await ids()).to.equal("100 100 100 101 101 101");
  });

  it("removes nothing that the repository does not give back as it was", async () => {
    await insert(200);
    const before = inFolder();
    hook(
      'case "$*" in *" dump "*) PATH=${PATH#*:}; restic "$@" | { head -c 100000; head -c 1 >/dev/null; printf z; cat; }; exit ;; esac',
    );
    expect(batch().code).to.equal(1);
    rmSync(real().stage.at("restic"));
    expect(status())
      .to.match(/^result=failed\n/)
      .and.include("does not hold the log that was put into it: nothing was removed");
    expect(inFolder()).to.deep.equal(before);
    expect(
      real()
        .snapshots()
        .filter((one) => one.tags.includes("unconfirmed-log")),
    ).to.deep.equal([]);
    everything();
    expect(status()).to.match(/^result=ok\n/);
  });

  it("removes nothing where the repository does not name each file", async () => {
    await insert(203, 204);
    const [before, batches] = [inFolder(), stored()];
    hook(`case "$*" in *" tag "*) PATH=\${PATH#*:}; exec restic $(echo "$*" | sed 's/\\.\\.[0-9A-F]*//') ;; esac`);
    expect(batch().code).to.equal(1);
    rmSync(real().stage.at("restic"));
    expect(status()).to.include("does not name the log that was put into it: nothing was removed");
    expect(inFolder()).to.deep.equal(before);
    expect(stored()).to.deep.equal(batches);
    everything();
  });

  it("waits while a drill is under way, and while a base backup is taken", async () => {
    await insert(201);
    const before = inFolder();
    hook('case "$*" in *" dump "*) : >"$STAGE/begun"; exec yes ;; esac');
    const held = real().takeUntil(
      () => expect(real().stage.run("ask.sh", "hold", "60")).to.include({ code: 0 }),
      "log",
    );
    expect(await held, "under way").to.equal(75);
    rmSync(real().stage.at("restic"));
    expect(batch().code).to.equal(75);
    real().stage.run("ask.sh", "release");
    expect(inFolder()).to.deep.equal(before);
    const taking = real().takeUntil(() => {
      expect(batch().code).to.equal(75);
      writeFileSync(real().stage.at("go"), "");
    });
    writeFileSync(
      real().stage.at("basebackup"),
      ': >"$STAGE/begun"; until [ -e "$STAGE/go" ]; do sleep 0.1; done; PATH=${PATH#*:}; exec pg_basebackup "$@"',
    );
    expect(await taking).to.equal(0);
    rmSync(real().stage.at("basebackup"));
  });

  for (const [bytes, id] of [
    [0, 500],
    [SEGMENT / 2, 502],
  ] as const)
    it(`goes on where its receiver was killed with ${bytes} bytes of a new file made`, async () => {
      await insert(id);
      await real().receiveNoMore();
      const wal = real().stage.at("backup/wal/host-b");
      const [newest = ""] = readdirSync(wal).filter((one) => one.endsWith(".partial"));
      writeFileSync(`${wal}/${newest}`, Buffer.alloc(bytes));
      // One of a timeline that has ended since, which no receiver goes on with.
      const older = `00000000${newest.slice(8)}`;
      writeFileSync(`${wal}/${older}`, Buffer.alloc(bytes));
      expect(parseWholeLog(real().stage.run("ask.sh", "wal").out).map((one) => one.name)).to.not.include(newest);
      expect(await ids()).to.match(new RegExp(` ${id}$`));
      everything();
      expect(status()).to.match(/^result=ok\n/);
      // One that has something in it is not ours to remove.
      const other = `00000000${"F".repeat(16)}.partial`;
      writeFileSync(`${wal}/${other}`, "x");
      await real().receive();
      await insert(id + 1);
      expect(readdirSync(wal)).to.not.include(older).and.not.include(other);
      const [kept = ""] = readdirSync(wal).filter((one) => one.startsWith(`${other}.until-`));
      expect(readFileSync(`${wal}/${kept}`, "utf8")).to.equal("x");
      rmSync(`${wal}/${kept}`);
      expect(gap()).to.equal(undefined);
      expect(await ids()).to.match(new RegExp(` ${id} ${id + 1}$`));
    });

  it("removes nothing of a log that was begun anew meanwhile", async () => {
    await insert(400);
    await real().receiveNoMore();
    const [first = ""] = inFolder();
    hook(`case "$*" in *" tag "*) cd "$STAGE/backup/wal" && [ -d host-b.until-now ] || { mv host-b host-b.until-now
mkdir host-b; echo anew >host-b/line; echo other >host-b/${first}; } ;; esac`);
    expect(batch().code, status()).to.equal(0);
    rmSync(real().stage.at("restic"));
    expect(inFolder()).to.deep.equal([first]);
    expect(readdirSync(real().stage.at("backup/wal/host-b.until-now"))).to.not.include(first);
    expect(parseWholeLog(real().stage.run("ask.sh", "wal").out)).to.deep.equal([{ name: first, bytes: 6 }]);
  });
});
