import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { planRotation, type Has, type HostFacts, type RotationStep } from "../../operator/rotate/plan";
import { keysHave } from "../../operator/rotate/service-has";
import { backupStage, type BackupStage } from "../support/backup-stage";
import { freePort } from "../support/free-port";
import { temporaryFolder } from "../support/temporary-folder";

const HOSTS = ["host-a", "host-b"] as const;
type Host = (typeof HOSTS)[number];
type Value = "old" | "new";
const OTHER: Readonly<Record<Host, Host>> = { "host-a": "host-b", "host-b": "host-a" };
const WORD: Readonly<Record<Value, string>> = { old: "former-word", new: "coming-word" };

/** Two hosts with the container's own scripts, each serving the other one's repository; restic and rclone are real. */
describe("the exchange of what opens the backups of two hosts, step by step", function () {
  this.timeout(900_000);
  this.slow(30_000);
  const folder = temporaryFolder();
  const stages = {} as Record<Host, BackupStage>;
  const ports = {} as Record<Host, number>;
  const files = {} as Record<Host, readonly Value[]>;
  const current = {} as Record<Host, Value>;
  const kept = new Set<Host>();
  let stores: ChildProcess[] = [];

  before(function () {
    for (const tool of ["restic", "rclone", "openssl"]) if (spawnSync(tool, ["version"]).status !== 0) this.skip();
  });
  beforeEach(async () => {
    kept.clear();
    for (const host of HOSTS) {
      const at = path.join(folder(), `${host}-${String(readdirSync(folder()).length)}`);
      mkdirSync(at);
      ports[host] = await freePort();
      stages[host] = backupStage(at, {}, { UNDERSTUDY_HOST: host, UNDERSTUDY_PEER_HOST: OTHER[host] });
      for (const one of ["repository", "status", "wal", `wal/${OTHER[host]}`])
        mkdirSync(stages[host].at("backup", one), { recursive: true });
      current[host] = "old";
    }
    for (const host of HOSTS) give(host, ["old"]);
    stores = HOSTS.map((host) => {
      const words = `. "$UNDERSTUDY_BIN/common.sh"; theirs init; while :; do serve_store; sleep 0.1; done`;
      const env = { ...envOf(host), UNDERSTUDY_STORE_LISTENS: `127.0.0.1:${String(ports[host])}` };
      return spawn("sh", ["-c", words], { env, stdio: "ignore", detached: true });
    });
    await Promise.all(HOSTS.map((host) => untilReaches(host)));
  });
  afterEach(async () => {
    await Promise.all(
      stores.map(async (one) => {
        const ended = new Promise((resolve) => one.once("exit", resolve));
        if (one.pid !== undefined) process.kill(-one.pid, "SIGTERM");
        await ended;
      }),
    );
  });

  const envOf = (host: Host): NodeJS.ProcessEnv => ({
    ...process.env,
    ...stages[host].variables,
    UNDERSTUDY_PEER_STORE: `127.0.0.1:${String(ports[OTHER[host]])}`,
  });

  /** What an `up` gives the container: the newest under each name, and the former one beside it. */
  function give(host: Host, values: readonly Value[]): void {
    files[host] = values;
    const put = (name: string, text: string): void =>
      writeFileSync(stages[host].at("bin/files/current", name), `${text}\n`, { mode: 0o600 });
    for (const [suffix, value] of [
      ["", values.at(-1)],
      [".before", values.length === 2 ? values[0] : undefined],
    ] as const) {
      if (value === undefined)
        for (const name of ["backup", "transport", "repository"])
          rmSync(stages[host].at("bin/files/current", name + suffix), { force: true });
      else {
        put(`backup${suffix}`, WORD[value]);
        put(`transport${suffix}`, `let-in-${value}`);
        const at = `127.0.0.1:${String(ports[OTHER[host]])}`;
        put(`repository${suffix}`, `rest:http://understudy:let-in-${value}@${at}/${host}/`);
      }
    }
  }

  const sh = (host: Host, words: string): { ok: boolean; said: string } => {
    const { stdout, stderr, status } = spawnSync("sh", ["-c", `. "$UNDERSTUDY_BIN/common.sh"; ${words}`], {
      ...{ env: envOf(host), encoding: "utf8", timeout: 60_000 },
    });
    return { ok: status === 0, said: `${stdout}${stderr}`.trim() };
  };
  async function untilReaches(host: Host): Promise<void> {
    const { reading, reached } = await pollUntil(
      () => Promise.resolve(sh(host, "ours --no-lock cat config >/dev/null")),
      ({ ok }) => ok,
      { deadlineMs: 20_000, pauseMs: 200 },
    );
    if (!reached) throw new Error(`${host} does not reach its repository: ${reading.said}`);
  }
  const ask = (host: Host, word: string, more: NodeJS.ProcessEnv = {}): { code: number | null; said: string } => {
    const { stdout, stderr, status } = spawnSync("sh", [stages[host].at("bin/ask.sh"), word], {
      ...{ env: { ...envOf(host), ...more }, encoding: "utf8", timeout: 60_000 },
    });
    return { code: status, said: `${stdout}${stderr}`.trim() };
  };

  function facts(): readonly HostFacts[] {
    return HOSTS.map((host): HostFacts => {
      const has: Has = files[host].length === 2 ? "both" : files[host].includes("new") ? "new" : "old";
      return {
        ...{ host, stack: host, role: host === "host-a" ? "primary" : "standby", postgres: null, redis: null },
        config: { current: current[host], former: kept.has(host) },
        ...{ files: has, repository: keysHave(ask(host, "keys").said.split("\n"), has) },
      };
    });
  }
  function steps(): readonly RotationStep[] {
    const plan = planRotation({ hosts: facts(), keepsOld: false });
    if ("refused" in plan) throw new Error(plan.refused);
    return plan.steps;
  }
  function carryOut(step: RotationStep): void {
    const host = ("host" in step ? step.host : step.stack) as Host;
    if (step.kind === "keep-old") kept.add(host);
    else if (step.kind === "write-new") current[host] = "new";
    else if (step.kind === "forget-old") kept.delete(host);
    else if (step.kind === "files") give(host, step.has === "both" ? ["old", "new"] : ["new"]);
    else if (step.kind === "tell-host" || step.kind === "drop-key") {
      const { code, said } = ask(host, step.kind === "tell-host" ? "add-key" : "drop-key");
      if (code !== 0) throw new Error(said);
    } else if (step.kind !== "see-new") throw new Error(`not a step of this one: ${step.kind}`);
  }
  const words = (step: RotationStep): string => `${step.kind} ${"host" in step ? step.host : step.stack}`;
  const opens = (host: Host, value: Value): boolean => {
    const repository = stages[OTHER[host]].at("backup/repository", host);
    const words = ["--repo", repository, "--no-cache", "--no-lock", "cat", "config"];
    return spawnSync("restic", words, { env: { ...process.env, RESTIC_PASSWORD: WORD[value] } }).status === 0;
  };

  it("goes on from what is there after each step; every backup goes on and is read, and the former one opens nothing", async () => {
    const data = path.join(folder(), "data");
    mkdirSync(data);
    const taken: string[] = [];
    const backUp = (host: Host): void => {
      writeFileSync(path.join(data, "row"), `row ${String(taken.length)}\n`);
      const { ok, said } = sh(host, `ours backup --quiet --host ${host} "${data}"`);
      expect(ok, said).to.equal(true);
      taken.push(host);
    };
    for (const host of HOSTS) backUp(host);
    const all = steps();
    for (const [at, step] of all.entries()) {
      carryOut(step);
      // A run that was cut off before it could see the end of the step does it again.
      carryOut(step);
      for (const host of HOSTS) await untilReaches(host);
      const left = steps().map(words);
      for (const one of all.slice(at + 1))
        if (one.kind !== "see-new") expect(left, `after ${words(step)}`).to.include(words(one));
    }
    for (const host of HOSTS) backUp(host);
    expect(all.map(({ kind }) => kind)).to.include.members(["tell-host", "drop-key", "forget-old"]);
    for (const host of HOSTS) {
      expect([opens(host, "old"), opens(host, "new")], host).to.deep.equal([false, true]);
      const restored = sh(OTHER[host], `theirs --no-lock check --read-data && theirs --no-lock snapshots --json`);
      expect(restored.said.match(/"short_id"/g), restored.said).to.have.length(2);
    }
    expect(facts().map(({ repository, files: has }) => [repository, has])).to.deep.equal([
      ["new", "new"],
      ["new", "new"],
    ]);
  });

  it("leaves a key that somebody made for himself, and names what it cannot go on from", () => {
    const repository = stages["host-b"].at("backup/repository/host-a");
    const own = path.join(folder(), "own-word");
    writeFileSync(own, "own-word\n");
    const words = ["--repo", repository, "--no-cache", "key", "add", "--new-password-file", own];
    expect(spawnSync("restic", words, { env: { ...process.env, RESTIC_PASSWORD: WORD.old } }).status).to.equal(0);
    give("host-b", ["old", "new"]);
    expect(ask("host-b", "drop-key").said).to.equal(
      "the new password does not open the repository of host-a: its former key stays",
    );
    expect(ask("host-b", "add-key").code).to.equal(0);
    expect(ask("host-b", "drop-key").code).to.equal(0);
    const kept = spawnSync("restic", [...words.slice(0, 3), "--password-file", own, "cat", "config"], {});
    expect(kept.status).to.equal(0);
    writeFileSync(stages["host-b"].at("bin/files/current/backup"), "third\n");
    writeFileSync(stages["host-b"].at("bin/files/current/backup.before"), "fourth\n");
    expect(ask("host-b", "keys").said).to.equal("end");
    expect(ask("host-b", "add-key").said).to.equal(
      "neither the former password nor the new one opens the repository of host-a",
    );
    rmSync(path.join(repository, "config"));
    expect(ask("host-b", "keys")).to.deep.equal({ code: 1, said: "there is no repository for host-a yet" });
  });
});
