import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { backupStage, type BackupStage } from "../support/backup-stage";
import { freePort } from "../support/free-port";
import { temporaryFolder } from "../support/temporary-folder";

type Value = "old" | "new";
const WORD: Readonly<Record<Value, string>> = { old: "former-word", new: "coming-word" };

/** host-b keeps the repository of host-a, by the container's own scripts; restic and rclone are real. */
describe("the exchange of what opens the backups", function () {
  this.timeout(600_000);
  this.slow(10_000);
  const folder = temporaryFolder();
  let [here, there] = [undefined, undefined] as unknown as [BackupStage, BackupStage];
  let repository: string;
  let port: number;

  before(async function () {
    for (const tool of ["restic", "rclone", "openssl"]) if (spawnSync(tool, ["version"]).status !== 0) this.skip();
    port = await freePort();
    for (const one of ["a", "b"]) mkdirSync(path.join(folder(), one));
    here = backupStage(path.join(folder(), "a"), {}, { UNDERSTUDY_PEER_STORE: `127.0.0.1:${port}` });
    there = backupStage(path.join(folder(), "b"), {}, { UNDERSTUDY_HOST: "host-b", UNDERSTUDY_PEER_HOST: "host-a" });
    mkdirSync(there.at("backup/repository"));
    mkdirSync(here.at("backup/status"));
    repository = there.at("backup/repository/host-a");
  });

  const put = (stage: BackupStage, name: string, text: string): void =>
    writeFileSync(stage.at("bin/files/current", name), `${text}\n`, { mode: 0o600 });
  /** What an `up` gives a container: the newest under each name, and the former one beside it. */
  function give(stage: BackupStage, values: readonly Value[]): void {
    for (const name of ["backup", "transport", "repository"])
      rmSync(stage.at("bin/files/current", `${name}.before`), { force: true });
    for (const [value, suffix] of [...values].reverse().map((one, at) => [one, at === 0 ? "" : ".before"] as const)) {
      put(stage, `backup${suffix}`, WORD[value]);
      put(stage, `transport${suffix}`, `let-in-${value}`);
      put(stage, `repository${suffix}`, `rest:http://understudy:let-in-${value}@127.0.0.1:${port}/host-a/`);
    }
  }
  const says = (stage: BackupStage, words: string): string => {
    const { stdout, stderr } = spawnSync("sh", ["-c", `. "$UNDERSTUDY_BIN/common.sh"; ${words}`], {
      ...{ env: { ...process.env, ...stage.variables }, encoding: "utf8", timeout: 60_000 },
    });
    return `${stdout}${stderr}`.trim();
  };
  const ask = (word: string, more: NodeJS.ProcessEnv = {}): { code: number | null; said: string } => {
    const env = { ...process.env, ...there.variables, ...more };
    const { stdout, stderr, status } = spawnSync("sh", [there.at("bin/ask.sh"), word], { env, encoding: "utf8" });
    return { code: status, said: `${stdout}${stderr}`.trim() };
  };

  it("lets each host into the other's store at each moment, whichever of the two has it", async () => {
    give(there, ["old"]);
    const env = { ...process.env, ...there.variables, UNDERSTUDY_STORE_LISTENS: `127.0.0.1:${port}` };
    const words = `. "$UNDERSTUDY_BIN/common.sh"; while :; do serve_store; sleep 0.1; done`;
    const store: ChildProcess = spawn("sh", ["-c", words], { env, stdio: "ignore" });
    try {
      for (const [mine, theirs] of [
        [["old"], ["old"]],
        [["old", "new"], ["old"]],
        [["old"], ["old", "new"]],
        [
          ["old", "new"],
          ["old", "new"],
        ],
        [["new"], ["old", "new"]],
        [["old", "new"], ["new"]],
        [["new"], ["new"]],
      ] as const) {
        give(here, mine);
        give(there, theirs);
        const { reading } = await pollUntil(
          () => Promise.resolve(says(here, `login_answer "$(repository_file repository)"`)),
          (one) => one === "404" || one === "200",
          { deadlineMs: 60_000, pauseMs: 100 },
        );
        expect(reading, `${mine.join()} at ${theirs.join()}`).to.match(/^(200|404)$/);
      }
      give(here, ["old"]);
      // The store that runs has the former password for as long as it lives: the next one is told the new one alone.
      const { reading: refused } = await pollUntil(
        () => Promise.resolve(says(here, `login_answer "$(repository_file repository)"`)),
        (one) => one === "401",
        { deadlineMs: 60_000, pauseMs: 100 },
      );
      expect(refused).to.equal("401");
    } finally {
      const ended = new Promise((resolve) => store.once("exit", resolve));
      store.kill("SIGTERM");
      await ended;
    }
  });

  it("gives the new one its key beside a backup that is being taken, and waits for that before it takes the former one's", async () => {
    give(there, ["old"]);
    says(there, "theirs init");
    give(there, ["old", "new"]);
    const env = { ...process.env, ...there.variables };
    const words = `. "$UNDERSTUDY_BIN/common.sh"; theirs backup --quiet --stdin`;
    const backup = spawn("sh", ["-c", words], { env, stdio: ["pipe", "ignore", "ignore"] });
    const ended = new Promise<number | null>((resolve) => backup.once("exit", resolve));
    await pollUntil(
      () => Promise.resolve(readdirSync(path.join(repository, "locks")).length),
      (count) => count > 0,
      { deadlineMs: 60_000, pauseMs: 50 },
    );
    expect(ask("add-key")).to.deep.equal({ code: 0, said: "" });
    const busy = ask("drop-key", { UNDERSTUDY_KEY_PATIENCE: "0" });
    expect(busy.code).to.equal(1);
    expect(busy.said).to.match(/^the repository of host-a is at work for longer than 0 s: /);
    backup.stdin.end("a row\n");
    expect(await ended).to.equal(0);
    expect(ask("drop-key")).to.deep.equal({ code: 0, said: "" });
    expect(ask("keys").said).to.equal("backup\nend");
    expect(says(there, "theirs --no-lock dump latest stdin")).to.equal("a row");
  });
});
