import { expect } from "chai";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { backendOf } from "../../operator/failover/backend";
import { setVariables } from "../support/in-shell";
import { PairOfStacks } from "../support/pair-of-stacks";
import { ScratchStack } from "../support/scratch-stack";
import { temporaryFolder } from "../support/temporary-folder";
import { toolsOnPath } from "../support/tools-on-path";
import { understudy } from "../support/understudy-command";

/** The folder that the real engine seeks for a URL: it says so of one that is not there. */
async function soughtByEngine(folder: string, url: string): Promise<string | undefined> {
  const program = { file: "tests/support/waiting-program", name: "waitingProgram" };
  const { all } = await new ScratchStack(folder, program, { PULUMI_BACKEND_URL: url }).pulumi("whoami");
  return /stat (.*): no such file/.exec(all)?.[1];
}

describe("a folder as state backend is the one that the real engine takes for", function () {
  this.timeout(60_000);
  this.slow(20_000);
  const folder = temporaryFolder();
  let count = 0;

  for (const url of [
    "file:///no/such/place",
    "file:///no/such/../place?no_tmp_dir=true",
    "file:///no/such%20place",
    "file://./no-such-place",
    "file://../no-such-place",
    "file://no-such-place",
    "file://~/no-such-place",
    "file://~no-such-place",
  ]) {
    it(url, async () => {
      const own = path.join(folder(), String((count += 1)));
      mkdirSync(own);
      const backend = backendOf(url, path.join(own, "project"));
      expect(backend).to.include({ kind: "folder", folder: await soughtByEngine(own, url) });
    });
  }
});

describe("a pair whose states are in a folder relative to its project", function () {
  this.timeout(120_000);
  this.slow(60_000);
  toolsOnPath();
  const folder = temporaryFolder();
  let putBack = (): void => undefined;
  let pair: PairOfStacks;

  before(async () => {
    putBack = setVariables({ PULUMI_HOME: path.join(folder(), "home"), PULUMI_BACKEND_URL: undefined });
    pair = new PairOfStacks(folder(), "file://./states");
    mkdirSync(pair.scratch.file("states"));
    await pair.make();
  });

  after(() => putBack());

  it("is settled from any folder: the lock of a dead engine and a torn file are found and taken away", async () => {
    const locks = pair.scratch.file("states/.pulumi/locks/organization/understudy/standby");
    mkdirSync(locks, { recursive: true });
    const lock = { pid: 4_000_000, username: "sam", hostname: hostname(), timestamp: "2026-11-30T03:00:00Z" };
    writeFileSync(path.join(locks, "dead.json"), JSON.stringify(lock));
    writeFileSync(pair.scratch.file("states/.pulumi/stacks/understudy/primary.json.attrs"), "");
    const shown = await understudy(folder(), "settle", "--env-config", pair.file);
    expect(shown.out, shown.err.join("\n"))
      .to.match(/ {2}torn .*primary\.json\.attrs: /)
      .and.include("that process is gone");
    expect(shown.code).to.equal(1);
    const cleared = await understudy("/", "settle", "--env-config", pair.file, "--execute");
    expect(cleared.code, cleared.err.join("\n")).to.equal(0);
    expect(readdirSync(locks)).to.deep.equal([]);
    const { out, code } = await understudy("/", "settle", "--env-config", pair.file);
    expect(out).to.equal("stack primary of host-a: nothing to clear\nstack standby of host-b: nothing to clear\n");
    expect(code).to.equal(0);
  });

  it("is told by doctor with the whole path, and how plain Pulumi finds it from anywhere", async () => {
    const { out } = await understudy("/", "doctor", "--env-config", pair.file);
    const place = pair.scratch.file("states");
    expect(out)
      .to.include(`GOOD     backend`)
      .and.include(`${place}; for plain Pulumi: export PULUMI_BACKEND_URL="file://${place}"`);
  });

  it("that is away is to be mounted: no stack is made in its place", async () => {
    const away = new PairOfStacks(mkdirAt(path.join(folder(), "away")), "file://./not-mounted");
    const { code, err } = await understudy("/", "settle", "--env-config", away.file);
    expect(code).to.equal(2);
    expect(err.join("\n"))
      .to.match(/next: mount or restore .*\/away\/project\/not-mounted/)
      .and.not.include("stack init");
  });
});

describe("a pair whose states are in a database, by the real engine", function () {
  this.timeout(60_000);
  this.slow(20_000);
  toolsOnPath();
  const folder = temporaryFolder();

  it("that is away has the password of its URL in no word", async () => {
    const pair = new PairOfStacks(folder(), "postgres://sam:hush-hush@127.0.0.1:1/states");
    const { code, out, err } = await understudy("/", "doctor", "--env-config", pair.file);
    expect(code).to.equal(1);
    expect(out + err.join("\n"))
      .to.include("postgres://****@127.0.0.1:1/states")
      .and.not.include("hush");
  });
});

function mkdirAt(folder: string): string {
  mkdirSync(folder);
  return folder;
}
