import { expect } from "chai";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { serializeDocument } from "../../evidence/canonical-json";
import { writeEvidence } from "../../evidence/write-evidence";
import { swapStory } from "../support/drill-story";
import { temporaryFolder } from "../support/temporary-folder";
import { understudy, type CommandRun } from "../support/understudy-command";
import { dryRunEvidence, failedEvidence } from "../support/valid-evidence";

describe("the verbs that tell of drills", function () {
  this.timeout(60_000);
  this.slow(5000);
  const folder = temporaryFolder();
  const inputs = (): string => path.join(folder(), "inputs");
  const evidence = (name: string): string => path.join(inputs(), name);
  const run = (...words: string[]): Promise<CommandRun> => understudy(folder(), ...words);

  before(async () => {
    mkdirSync(inputs());
    await writeEvidence(evidence("swap.env"), swapStory());
    await writeEvidence(evidence("dry.env"), dryRunEvidence());
    await writeEvidence(evidence("failed.env"), failedEvidence("precheck"));
    writeFileSync(evidence("other.json"), '{"version":2}');
    writeFileSync(evidence("text.json"), "no JSON");
  });

  it("report: writes Markdown, page and JUnit, says where on stdout and the verdict on stderr", async () => {
    const { code, out, err } = await run(
      "report",
      "--evidence",
      evidence("swap.env"),
      "--output-dir",
      "out",
      "--junit",
      "out/drill.xml",
    );
    expect(code).to.equal(0);
    const files = [
      "out/failover_drill_report_2026-11-23.md",
      "out/failover_drill_report_2026-11-23.html",
      "out/drill.xml",
    ];
    expect(out).to.equal(`${files.join("\n")}\n`);
    for (const file of files) expect(existsSync(path.join(folder(), file)), file).to.equal(true);
    expect(err.join("\n")).to.match(
      /^Passed: host-b took over from host-a in 1\.885 s: no acknowledged probe event was lost/,
    );
  });

  it("report: makes the same from the JSON document alone, and names the files as JSON", async () => {
    const { code, out } = await run(
      "report",
      "--evidence",
      evidence("swap.json"),
      "--output-dir",
      "alone",
      "--output",
      "json",
    );
    expect(code).to.equal(0);
    const { markdown, html } = JSON.parse(out) as { markdown: string; html: string };
    for (const file of [markdown, html]) {
      const again = readFileSync(path.join(folder(), "out", path.basename(file)), "utf8");
      expect(readFileSync(path.join(folder(), file), "utf8")).to.equal(again);
    }
  });

  it("report: says of evidence that was edited that it is refused", async () => {
    const document = swapStory();
    const { text } = serializeDocument(document);
    const env = readFileSync(evidence("swap.env"), "utf8");
    writeFileSync(evidence("edited.env"), env);
    writeFileSync(evidence("edited.json"), text.replace('"nonce": "gate-7"', '"nonce": "gate-8"'));
    const { code, err } = await run("report", "--evidence", evidence("edited.env"), "--output-dir", "edited");
    expect(code).to.equal(0);
    expect(err.join("\n")).to.match(/^Not accepted: This evidence claims success, but the verifier does not accept it/);
  });

  it("accept: exits 1 while a scenario is not shown, and writes the document all the same", async () => {
    const { code, out } = await run(
      "accept",
      "--evidence",
      evidence("swap.env"),
      evidence("dry.env"),
      "--output-dir",
      "accepted",
    );
    expect(code).to.equal(1);
    expect(out).to.match(/^NOT ACCEPTED: 2 of \d+ scenarios shown\n/);
    expect(readdirSync(path.join(folder(), "accepted")).join()).to.match(
      /^final_capability_acceptance_\d{4}-\d\d-\d\d\.md$/,
    );
  });

  it("accept: gives every scenario as JSON", async () => {
    const { out } = await run(
      "accept",
      "--evidence",
      evidence("swap.env"),
      "--output-dir",
      "accepted",
      "--output",
      "json",
    );
    const { complete, scenarios } = JSON.parse(out) as {
      complete: boolean;
      scenarios: { id: string; exhibits: object[] }[];
    };
    expect(complete).to.equal(false);
    expect(scenarios.find(({ id }) => id === "planned-swap-zero-loss")!.exhibits).to.have.length(1);
    expect(scenarios.find(({ id }) => id === "primary-unavailable")!.exhibits).to.have.length(0);
  });

  it("accept: judges by the limits that are given", async () => {
    const words = [
      "accept",
      "--evidence",
      evidence("swap.env"),
      "--output-dir",
      "strict",
      "--max-failover-seconds",
      "0.05",
    ];
    expect((await run(...words)).out).to.include("NOT ACCEPTED: 0 of");
  });

  it("history: lists the drills of a folder as a table and as JSON", async () => {
    mkdirSync(path.join(folder(), "past"));
    await writeEvidence(path.join(folder(), "past/swap.env"), swapStory());
    const table = await run("history", "--dir", "past");
    expect([table.code, table.out.split("\n").length]).to.deep.equal([0, 3]);
    const { drills } = JSON.parse((await run("history", "--dir", "past", "--output", "json")).out) as {
      drills: object[];
    };
    expect(drills[0]).to.deep.include({
      id: "2026-11-23-a",
      from: "host-a",
      to: "host-b",
      lost: 0,
      verdict: "accepted",
    });
  });

  const wrong: readonly (readonly [string, () => string[], RegExp])[] = [
    ["a report without evidence", () => ["report"], /^error: required option '--evidence <file>' not specified/],
    [
      "a report of a file that is not there",
      () => ["report", "--evidence", "none.env"],
      /^error: none\.env is missing$/,
    ],
    [
      "a report of a document that is not there",
      () => ["report", "--evidence", "none.json"],
      /^error: none\.json is missing$/,
    ],
    [
      "a report of another JSON",
      () => ["report", "--evidence", evidence("other.json")],
      /no evidence document of version 1/,
    ],
    ["a report of no JSON", () => ["report", "--evidence", evidence("text.json")], /is truncated or not JSON$/],
    [
      "an acceptance of a file that is not there",
      () => ["accept", "--evidence", "none.env"],
      /^error: none\.env is missing$/,
    ],
    [
      "an acceptance with a limit that is no number",
      () => ["accept", "--evidence", evidence("swap.env"), "--max-data-lag-events", "few"],
      /^error: --max-data-lag-events="few" is not a number/,
    ],
    [
      "an acceptance with a health report that is none",
      () => ["accept", "--evidence", evidence("swap.env"), "--health-report", evidence("other.json")],
      /^error: .*other\.json is no health report/,
    ],
    [
      "a history of a folder that is not there",
      () => ["history", "--dir", "nowhere"],
      /^error: nowhere cannot be read/,
    ],
  ];
  for (const [what, words, message] of wrong) {
    it(`exits 2, says the next command and writes nothing: ${what}`, async () => {
      const before = readdirSync(folder());
      const { code, out, err } = await run(...words());
      expect({ code, out }).to.deep.equal({ code: 2, out: "" });
      expect(err[0]).to.match(message);
      expect(err[1]).to.match(/^next: /);
      expect(readdirSync(folder())).to.deep.equal(before);
    });
  }

  for (const verb of ["report", "accept", "history"]) {
    it(`${verb}: begins its help with an example`, async () => {
      const { code, out } = await run(verb, "--help");
      expect(code).to.equal(0);
      expect(out).to.match(new RegExp(`^Examples?:\\n {2}understudy ${verb} --`));
    });
  }
});
