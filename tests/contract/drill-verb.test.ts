import { spawn } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { evidenceBasis } from "../../evidence/drill-facts";
import type { Readiness } from "../../evidence/readiness";
import { keepEvidence } from "../../evidence/keep-evidence";
import type { DrillRecord } from "../../operator/drill/drill-record";
import { readBasis } from "../../operator/failover/basis";
import { openStacks } from "../../operator/failover/pair-stacks";
import { later } from "../support/later";
import { PairOfStacks } from "../support/pair-of-stacks";
import { stubReceiver, type StubReceiver } from "../support/stub-receiver";
import { temporaryFolder } from "../support/temporary-folder";
import { toolsOnPath } from "../support/tools-on-path";
import { plannedEvidence, record } from "../support/valid-evidence";

const CHECKOUT = path.resolve(__dirname, "../..");
const TOKEN = "planted-token-8f1d2c";

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe("a drill, its announcement and its readiness, with the real engine and no hosts", function () {
  this.timeout(300_000);
  this.slow(60_000);
  toolsOnPath();
  const folder = temporaryFolder();
  let pair: PairOfStacks;
  let stub: StubReceiver;
  const results = (): string => path.join(folder(), "results");

  before(async () => {
    stub = await stubReceiver();
    pair = new PairOfStacks(folder(), `file://${path.join(folder(), "state")}`);
    const receivers = "notify:\n  receivers:\n    gate: { form: webhook, secret: gateUrl }\n";
    writeFileSync(pair.file, readFileSync(pair.file, "utf8") + receivers);
    await pair.make();
    for (const stack of ["primary", "standby"])
      await pair.scratch.must("config", "set", "--stack", stack, "--secret", "gateUrl", `${stub.url}/${TOKEN}`);
  });
  after(() => stub.close());

  async function understudy(...words: readonly string[]): Promise<Ended> {
    const all = [...words, "--env-config", pair.file, "--output", "json"];
    const child = spawn(path.join(CHECKOUT, "bin/understudy"), all, {
      cwd: CHECKOUT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [out, err, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject)),
    ]);
    expect(out + err, "no secret in any output").not.to.include(TOKEN);
    return { code, out, err };
  }

  it("notify --test reaches the receiver, and the secret is in clear in no file", async () => {
    const listed = await understudy("notify");
    expect([listed.code, stub.got.length], listed.err).to.deep.equal([0, 0]);
    const { code, out, err } = await understudy("notify", "--test");
    expect(code, err).to.equal(0);
    expect(JSON.parse(out)).to.deep.equal([{ receiver: "gate", ok: true, detail: "answered 200" }]);
    expect(stub.got.splice(0).map(({ path: place }) => place)).to.deep.equal([`/${TOKEN}`]);
    const files = globSync(`${folder()}/{project/*.yaml,state/**/*.json,*.yaml}`, {});
    expect(files).not.to.deep.equal([]);
    for (const file of files) expect(readFileSync(file, "utf8"), file).not.to.include(TOKEN);
  });

  it("a drill that cannot even begin has a record, an exit code, and is told of", async () => {
    const { code, out, err } = await understudy("drill", "--execute", "--drill-id", "d1", "--output-dir", results());
    const said = JSON.parse(out) as DrillRecord;
    expect(code, err).to.equal(said.exitCode).and.to.be.greaterThan(0);
    expect(said.parts.map(({ name }) => name)).to.deep.equal(["dry-run"]);
    expect(said.parts[0]?.problem?.next).to.match(/\S/);
    expect(said.announced).to.deep.equal([{ receiver: "gate", ok: true, detail: "answered 200" }]);
    expect(JSON.parse(readFileSync(path.join(results(), "drill_result.json"), "utf8"))).to.deep.equal(said);
    const [told] = stub.got.splice(0);
    expect(told?.body).to.deep.include({ severity: "critical", key: "understudy-drill-prodlike" });
  });

  it("status --ready follows what is declared: READY, then what was changed", async () => {
    const { environment } = pair;
    const { stacks } = await openStacks(environment);
    const document = plannedEvidence();
    document.drill.environment = environment.name;
    document.drill.basis = evidenceBasis(await readBasis(environment, pair.file, stacks));
    const since = Date.now() - 3_600_000 - Date.parse(document.drill.finishedAt);
    await keepEvidence(path.join(results(), "failover_result.env"), later(since, record(document)));
    const ready = async (): Promise<readonly string[]> => {
      const { code, out, err } = await understudy("status", "--ready", "--results-dir", results());
      const { ready: yes, reasons } = JSON.parse(out) as Readiness;
      expect([code, reasons.length > 0], err).to.deep.equal(yes ? [0, false] : [1, true]);
      return reasons;
    };
    expect(await ready()).to.deep.equal([]);
    await pair.scratch.must("config", "set", "--stack", "standby", "understudy:role", "primary");
    expect(await ready(), "roles move").to.deep.equal([]);
    await pair.scratch.must("config", "set", "--stack", "standby", "another", "value");
    await pair.scratch.must("config", "set", "--stack", "primary", "--secret", "redisPassword", "another");
    writeFileSync(pair.file, `${readFileSync(pair.file, "utf8")}# a word\n`);
    expect(await ready()).to.deep.equal([
      "the environment file has changed since",
      "settings in the stacks' config have changed since",
      "keys, passwords or certificates in the stacks' config have changed since",
    ]);
  });
});
