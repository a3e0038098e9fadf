import { chmodSync, mkdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { setSecret } from "../../operator/failover/stack-state";
import { FilesEngine } from "../support/files-engine";
import { filesWithSecrets, plantedSecret, secretsIn, watchArguments } from "../support/planted-secrets";
import { ScratchStack, type PulumiRun } from "../support/scratch-stack";
import { temporaryFolder } from "../support/temporary-folder";
import { toolsOnPath } from "../support/tools-on-path";

const VOLUME = "understudy-alertmanager-files";
const CONTAINER = "understudy-alertmanager";
const PASSWD = "root:x:0:0::/:\nnobody:x:65534:65534::/:\n";

describe("a secret that is planted in a container's files, through the real engine", function () {
  this.timeout(240_000);
  this.slow(60_000);
  toolsOnPath();
  const folder = temporaryFolder();
  const planted = { first: plantedSecret("first"), second: plantedSecret("second") };
  const said: string[] = [];
  let host: FilesEngine;
  let scratch: ScratchStack;
  let stopWatch: () => Promise<readonly string[]>;
  const pathBefore = process.env["PATH"];

  const pulumi = async (...words: readonly string[]): Promise<PulumiRun> => {
    const run = await scratch.pulumi(...words);
    said.push(run.all);
    return run;
  };
  const must = async (...words: readonly string[]): Promise<PulumiRun> => {
    const run = await pulumi(...words);
    expect(run.code, run.all).to.equal(0);
    return run;
  };
  const up = (...words: readonly string[]): Promise<PulumiRun> => must("up", "--yes", "--skip-preview", ...words);
  /** What a container would read now, by name. */
  const inUse = (): Readonly<Record<string, string>> => {
    const generation = readlinkSync(path.join(host.volume(VOLUME), "current"));
    const files = Object.entries(host.filesIn(VOLUME)).filter(([name]) => name.startsWith(`${generation}/`));
    return Object.fromEntries(files.map(([name, content]) => [name.slice(generation.length + 1), content]));
  };

  before(async () => {
    host = await FilesEngine.start(folder(), { "alertmanager:1": PASSWD, "alertmanager:2": PASSWD });
    const programs = path.join(folder(), "programs");
    mkdirSync(programs);
    const line = `require("net").connect(${String(host.port)}, "127.0.0.1", function () { process.stdin.pipe(this).pipe(process.stdout) })`;
    writeFileSync(path.join(programs, "ssh"), `#!/bin/sh\nexec "${process.execPath}" -e '${line}'\n`);
    chmodSync(path.join(programs, "ssh"), 0o755);
    mkdirSync(path.join(folder(), "tmp"));
    process.env["PATH"] = `${programs}:${pathBefore ?? ""}`;
    scratch = new ScratchStack(
      folder(),
      { file: "tests/support/files-program", name: "filesProgram" },
      { TMPDIR: path.join(folder(), "tmp") },
    );
    stopWatch = watchArguments(planted);
    await must("stack", "init", "primary");
    await must("config", "set", "understudy:image", "alertmanager:1");
    await must("config", "set", "understudy:setting", "one");
    await setSecret(await scratch.open("primary"), "understudy:planted", planted.first);
  });
  after(async () => {
    process.env["PATH"] = pathBefore;
    await host.stop();
  });

  it("is asked of no host by a preview, and shown by none", async () => {
    await must("preview", "--diff", "--json");
    await must("preview", "--diff");
    expect(host.requests).to.deep.equal([]);
  });

  it("lies in the volume after an up, and an up again leaves it as it is", async () => {
    await up();
    expect(inUse()).to.deep.equal({
      "alertmanager.yml": "# one\n",
      password: planted.first,
      "start.conf": "at first\n",
    });
    const requests = host.requests.length;
    await up("--expect-no-changes");
    expect(host.requests.length).to.equal(requests);
  });

  it("is not in the words of a refusal to take it", async () => {
    const stack = await scratch.open("primary");
    const refused = await setSecret(stack, "no:such:key:understudy", planted.second).catch((error: unknown) =>
      String(error),
    );
    expect(refused).to.match(/^EngineFailure: pulumi config set --secret no:such:key:understudy ended with \d+/);
    expect(secretsIn(String(refused), planted)).to.deep.equal([]);
  });

  it("is another one after the next up: the running container is told to read it, and nothing else is done to it", async () => {
    host.running.set(CONTAINER, []);
    await setSecret(await scratch.open("primary"), "understudy:planted", planted.second);
    const { all } = await must("preview", "--diff");
    expect(all).to.match(/1 to update/);
    await up("--diff");
    expect(inUse()["password"]).to.equal(planted.second);
    expect(host.running.get(CONTAINER)).to.deep.equal(["SIGHUP"]);
  });

  it("comes with no signal for a container that is about to be replaced, by another image or a setting of its start", async () => {
    await must("config", "set", "understudy:start", "anew");
    await up();
    await must("config", "set", "understudy:image", "alertmanager:2");
    await up();
    expect(inUse()["start.conf"]).to.equal("anew");
    expect(host.running.get(CONTAINER)).to.deep.equal(["SIGHUP"]);
  });

  it("is not in the words of an up that its host refuses, and the next up puts it there", async () => {
    host.before = (request) => {
      if (request.startsWith("PUT ")) throw new Error("no space left on device");
      return false;
    };
    await must("config", "set", "understudy:setting", "two");
    const failed = await pulumi("up", "--yes", "--skip-preview", "--diff");
    expect(failed.code).not.to.equal(0);
    expect(failed.all).to.include("no space left on device");
    host.before = () => false;
    await up();
    expect(inUse()["alertmanager.yml"]).to.equal("# two\n");
    expect(host.running.get(CONTAINER)).to.deep.equal(["SIGHUP", "SIGHUP"]);
  });

  it("stays a secret of the state after a refresh, and comes back where the volume was lost", async () => {
    await must("refresh", "--yes", "--skip-preview");
    await up("--expect-no-changes");
    rmSync(host.volume(VOLUME), { recursive: true });
    await must("refresh", "--yes", "--skip-preview");
    await up();
    expect(inUse()["password"]).to.equal(planted.second);
  });

  it("is in no state, log or output, in no temporary file, and was never an argument of a process", async () => {
    const exported = (await must("stack", "export")).out;
    expect(exported).to.include("understudy:HostFiles").and.include("alertmanager:2");
    const volume = host.volume(VOLUME);
    expect(filesWithSecrets(folder(), planted, (file) => file.startsWith(volume))).to.deep.equal([]);
    expect(secretsIn(said.join("\n"), planted)).to.deep.equal([]);
    expect(await stopWatch()).to.deep.equal([]);
    const sent = host.bodies.filter((one) => secretsIn(one.toString("latin1"), planted).length > 0);
    expect(sent.length, "but in the archives").to.be.greaterThan(0);
    expect(sent.every((one) => one.includes("ustar"))).to.equal(true);
  });

  it("is found by this search where it is: in the volume, and in a state that shows it", async () => {
    expect(filesWithSecrets(host.volume(VOLUME), planted)).to.deep.equal(["a/password: second"]);
    const { out } = await scratch.must("stack", "export", "--show-secrets");
    expect(secretsIn(out, planted)).to.deep.equal(["second"]);
    expect(secretsIn(Buffer.from(`x${out}`).toString("base64"), planted)).to.deep.equal(["second"]);
    const argument = watchArguments({ argument: process.argv[1] ?? "" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await argument()).to.not.deep.equal([]);
  });
});
