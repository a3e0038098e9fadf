import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { EvidenceDocument } from "../../evidence/document";
import { HEALTH_REPORT_NAME } from "../../evidence/health-report";
import { writeEvidence } from "../../evidence/write-evidence";
import { SERVICE_NAMES } from "../../settings/services";
import { faultsOfRecordedSet } from "../support/recorded-set";
import { runShell } from "../support/run-shell";
import { testKey } from "../support/signed-evidence";
import { temporaryFolder } from "../support/temporary-folder";
import { dryRunEvidence, plannedEvidence, record } from "../support/valid-evidence";

const RECORDED = "docs/results/recorded";

/** The same drill, `seconds` later; the other way round if it is the switchover back. */
function later(document: EvidenceDocument, seconds: number, back: boolean): EvidenceDocument {
  const other: Readonly<Record<string, string>> = { "host-a": "host-b", "host-b": "host-a" };
  const text = JSON.stringify(document)
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) => new Date(Date.parse(time) + seconds * 1000).toISOString())
    .replaceAll(/host-[ab]/g, (host) => (back ? (other[host] ?? host) : host));
  return record(JSON.parse(text) as EvidenceDocument);
}

const HEALTH = ["host-a", "host-b"].flatMap((host) =>
  SERVICE_NAMES.map((service) => ({
    host,
    role: host === "host-a" ? "primary" : "standby",
    service,
    status: "healthy",
    declaredRole: null,
    reason: null,
    latencyMs: 3,
    readAt: "2026-11-23T11:00:00.000Z",
  })),
);

describe("the recorded set of results", () => {
  it("verifies: signatures, verdicts, and each report is what its evidence says", async () => {
    expect(await faultsOfRecordedSet(RECORDED)).to.deep.equal([]);
  });

  it("names no folder of the machine it was made on", () => {
    for (const file of globSync(`${RECORDED}/**/*.*`)) {
      expect(readFileSync(file, "utf8"), file).not.to.match(/\/(work|root|home)\//);
    }
  });
});

describe("make record", function () {
  this.timeout(120_000);
  this.slow(20_000);
  const folder = temporaryFolder();
  const key = testKey();
  const drills = (): string => path.join(folder(), "drills");
  const set = (): string => path.join(folder(), "set");

  /** A checkout whose lab is made of files: `lab drill` and `health` give what lies ready, every other verb is the real one. */
  before(async () => {
    await writeEvidence(`${drills()}/failover_dry_run.env`, later(dryRunEvidence(), 0, false), key.signing);
    await writeEvidence(`${drills()}/failover_there.env`, later(plannedEvidence(), 60, false), key.signing);
    await writeEvidence(`${drills()}/failover_result.env`, later(plannedEvidence(), 120, true), key.signing);
    writeFileSync(`${drills()}/signing-key.pub.pem`, key.publicPem);
    writeFileSync(`${folder()}/health.json`, `${JSON.stringify(HEALTH)}\n`);
    for (const place of ["lab", "bin"]) mkdirSync(path.join(folder(), place));
    cpSync("lab/record.sh", `${folder()}/lab/record.sh`);
    writeFileSync(
      `${folder()}/bin/understudy`,
      [
        "#!/bin/sh",
        'case "$1 $2" in',
        '"lab drill") cp -R drills/. "$4/" && exit "$(cat drill-ends)" ;;',
        `"health --env-config") cp health.json "$5" ;;`,
        `*) exec '${path.resolve("bin/understudy")}' "$@" ;;`,
        "esac",
        "",
      ].join("\n"),
    );
    chmodSync(`${folder()}/bin/understudy`, 0o755);
  });

  const run = (drillEnds: number): number | null => {
    writeFileSync(`${folder()}/drill-ends`, `${drillEnds}`);
    return runShell(folder(), "lab/record.sh set", 110_000).code;
  };

  it("makes a set that verifies, in place of an older one, and leaves other records alone", async () => {
    mkdirSync(set(), { recursive: true });
    for (const old of [
      "final_capability_acceptance_2020-01-01.md",
      "failover_drill_report_2020-01-01.md",
      "bench.json",
    ])
      writeFileSync(path.join(set(), old), "old");
    expect(run(0)).to.equal(0);
    expect(await faultsOfRecordedSet(set())).to.deep.equal([]);
    expect(globSync(`${set()}/*2020*`)).to.deep.equal([]);
    expect(readFileSync(`${set()}/bench.json`, "utf8")).to.equal("old");
  });

  it("replaces nothing when a drill failed", async () => {
    writeFileSync(`${set()}/failover_of_before`, "old");
    expect(run(1)).to.equal(1);
    expect(readFileSync(`${set()}/failover_of_before`, "utf8")).to.equal("old");
    expect(await faultsOfRecordedSet(set())).to.deep.equal([]);
  });

  const spoiled: readonly (readonly [string, string, string | RegExp, string, RegExp])[] = [
    [
      "evidence that was edited",
      "failover_there.json",
      '"success": true',
      '"success": false',
      /there\.env: subject-digest/,
    ],
    [
      "a report that was edited",
      "failover_drill_report_2026-11-23.md",
      "host-a",
      "host-c",
      /report_2026-11-23\.md is not/,
    ],
    ["a page that was edited", "failover_drill_report_2026-11-23.html", "host-a", "host-c", /2026-11-23\.html is not/],
    ["health that is not", HEALTH_REPORT_NAME, "healthy", "unhealthy", /does not show health-on-both-hosts/],
  ];
  for (const [what, name, from, to, fault] of spoiled) {
    it(`is refused by the check of the set: ${what}`, async () => {
      const copy = path.join(folder(), "copy");
      rmSync(copy, { recursive: true, force: true });
      cpSync(set(), copy, { recursive: true });
      const file = path.join(copy, name);
      writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
      expect((await faultsOfRecordedSet(copy)).join("\n")).to.match(fault);
    });
  }

  it("is refused by the check of the set: another key, a drill that is not there", async () => {
    const copy = path.join(folder(), "copy");
    writeFileSync(`${copy}/signing-key.pub.pem`, testKey().publicPem);
    expect((await faultsOfRecordedSet(copy)).join("\n")).to.match(/failover_result\.env: (bundle-key|signature)/);
    rmSync(`${copy}/failover_result.env`);
    expect(await faultsOfRecordedSet(copy)).to.deep.equal(["failover_result.env is not there; next: make record"]);
  });
});
