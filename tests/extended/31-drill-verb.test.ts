import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { sendJson } from "../../drills/hosts/http";
import { CHECKOUT } from "../../lab/host/project";
import type { Readiness } from "../../evidence/readiness";
import type { DrillRecord } from "../../operator/drill/drill-record";
import { namedHosts } from "../../settings/pair";
import { labEnvironment, LAB_ENVIRONMENT, pulumi, understudy } from "../support/lab-stacks";
import { stubReceiver, type StubReceiver } from "../support/stub-receiver";
import { temporaryFolder } from "../support/temporary-folder";
import { untilAllWell } from "../support/until-all-well";

const STACKS = ["primary", "standby"];
const KEY = "drillStoryUrl";

/** Hours and minutes in UTC of a moment some hours from now. */
function clock(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
}

describe("a drill as one verb, on the lab", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  let stub: StubReceiver;
  let file: string;
  let results: string;

  before(async () => {
    stub = await stubReceiver();
    file = path.join(folder(), "environment.yaml");
    results = path.join(folder(), "results");
    const own = `
notify:
  receivers:
    story: { form: webhook, secret: ${KEY} }
drills:
  windows:
    - { from: "${clock(-1)}", to: "${clock(2)}" }
`;
    writeFileSync(file, readFileSync(path.join(CHECKOUT, LAB_ENVIRONMENT), "utf8") + own);
    for (const stack of STACKS)
      await pulumi("-s", stack, "config", "set", "--secret", `understudy:${KEY}`, `${stub.url}/hook`);
    await untilAllWell();
  });
  after(async () => {
    for (const stack of STACKS) await pulumi("-s", stack, "config", "rm", `understudy:${KEY}`);
    await stub.close();
    await untilAllWell();
  });

  const places = (): readonly string[] => ["--env-config", file, "--output-dir", results, "--output", "json"];
  async function drill(code: number, ...words: readonly string[]): Promise<DrillRecord> {
    const { code: ended, stdout, stderr } = await understudy("drill", ...places(), ...words);
    expect(ended, stdout + stderr).to.equal(code);
    return JSON.parse(stdout) as DrillRecord;
  }
  async function ready(code: number): Promise<Readiness> {
    const words = ["status", "--ready", "--env-config", file, "--results-dir", results, "--output", "json"];
    const { code: ended, stdout, stderr } = await understudy(...words);
    expect(ended, stdout + stderr).to.equal(code);
    return JSON.parse(stdout) as Readiness;
  }
  const silences = (): Promise<readonly string[]> =>
    Promise.all(
      namedHosts(labEnvironment()).map(async (host) => {
        const port = labEnvironment().ports.alertmanager;
        const all = await sendJson({ host, port, path: "/api/v2/silences", timeoutMs: 8000 });
        const ours = (all as { comment: string; status: { state: string } }[]).filter(({ comment }) =>
          comment.startsWith("drill story-"),
        );
        return ours.map(({ status }) => status.state).join();
      }),
    );

  it("tells its receiver a test message, and is not ready before any drill", async () => {
    const { code, stdout, stderr } = await understudy("notify", "--test", "--env-config", file);
    expect(code, stdout + stderr).to.equal(0);
    expect(stub.got.splice(0)).to.have.length(1);
    expect(stdout + stderr).not.to.include(stub.url);
    writeFileSync(path.join(folder(), "none.txt"), "");
    const { code: none } = await understudy("status", "--ready", "--env-config", file, "--results-dir", folder());
    expect(none).to.equal(1);
  });

  it("is a dry run with a report, of which nobody has to be told", async () => {
    const { parts } = await drill(0);
    expect(parts.map(({ name, exitCode }) => [name, exitCode])).to.deep.equal([["dry-run", 0]]);
    expect(parts[0]?.report?.html).to.satisfy(existsSync);
    expect(stub.got).to.deep.equal([]);
  });

  it("exchanges the roles and goes back, is told once, and leaves no silence that lasts", async () => {
    const { exitCode, parts } = await drill(0, "--execute", "--and-back", "--drill-id", "story-1");
    expect(parts.map((part) => [part.name, part.exitCode, part.drill?.toHost])).to.deep.equal([
      ["dry-run", 0, "host-b"],
      ["switchover", 0, "host-b"],
      ["way-back", 0, "host-a"],
    ]);
    expect([exitCode, parts[2]?.lostEvents]).to.deep.equal([0, 0]);
    expect(stub.got.splice(0).map(({ body }) => (body as { title: string }).title)).to.satisfy(
      ([title = "", ...more]: string[]) => / drill accepted: /.test(title) && more.length === 0,
    );
    for (const states of await silences()) expect(states).to.match(/^expired(,expired)*$/);
  });

  it("makes the pair ready, until the environment file is another one; then nothing is due, and then it is", async () => {
    expect(await ready(0)).to.deep.include({ ready: true, reasons: [] });
    const waits = await understudy("drill", ...places(), "--execute", "--scheduled");
    expect(waits.code, waits.stdout + waits.stderr).to.equal(0);
    expect(JSON.parse(waits.stdout)).to.have.property("done", false);
    appendFileSync(file, "# another word\n");
    expect((await ready(1)).reasons).to.deep.equal(["the environment file has changed since"]);
    const plan = await understudy("drills", "plan", "--env-config", file, "--results-dir", results, "--output", "json");
    expect(JSON.parse(plan.stdout)).to.have.property("due", true);
  });

  it("is told of also where it is refused", async () => {
    const { parts } = await drill(3, "--execute", "--to", "host-a", "--drill-id", "story-2");
    expect(parts[0]?.problem?.next).to.include("--to host-b");
    expect(stub.got.splice(0).map(({ body }) => body)).to.have.nested.property("[0].severity", "critical");
  });

  it("told to end in the cutover, lets the switchover go on to its end, and begins nothing after it", async () => {
    await untilAllWell();
    const words = ["drill", ...places(), "--execute", "--and-back", "--drill-id", "story-3"];
    const child = spawn("bin/understudy", words, { cwd: CHECKOUT, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      const before = said;
      said += chunk;
      const begun = (all: string): boolean => /switchover: the roles[\s\S]* demote-primary: (?!passed)/.test(all);
      if (begun(said) && !begun(before)) child.kill("SIGTERM");
    });
    const [out, code] = await Promise.all([
      text(child.stdout),
      new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject)),
    ]);
    expect(code, said).to.equal(1);
    const { parts } = JSON.parse(out) as DrillRecord;
    expect(said).to.include("SIGTERM: ends after the part of the drill under way");
    expect(parts.map(({ name, exitCode }) => [name, exitCode])).to.deep.equal([
      ["dry-run", 0],
      ["switchover", 0],
      ["way-back", 1],
    ]);
    await untilAllWell();
    const back = await drill(0, "--execute", "--to", "host-a", "--drill-id", "story-4");
    expect(back.parts[1]?.drill?.toHost).to.equal("host-a");
  });
});
