import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import type { CertificatesOutcome } from "../../operator/certificates/certificates";
import type { Diagnosis } from "../../operator/doctor/doctor";
import { LAB_ENVIRONMENT, pulumi, understudy, type Finished } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";

const ENV = ["--env-config", LAB_ENVIRONMENT];
const ANSWERED = { deadlineMs: 120_000, pauseMs: 1000 };

function ended(code: number, finished: Finished): Finished {
  expect(finished.code, finished.stdout + finished.stderr).to.equal(code);
  return finished;
}

describe("the pair's certificates, on the lab", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();

  const certificates = async (...words: readonly string[]): Promise<CertificatesOutcome> =>
    JSON.parse(
      ended(0, await understudy("certificates", ...ENV, ...words, "--output", "json")).stdout,
    ) as CertificatesOutcome;

  it("are those that `lab up` has made: the verb keeps them all, and nothing changes by it", async () => {
    const dry = await certificates();
    expect(dry).to.include({ mode: "dry-run", phase: "steady", authority: null, next: null });
    expect(dry.leaves).to.have.length(14);
    for (const run of [dry, await certificates("--execute")])
      expect(new Set(run.leaves.map((one) => one.done))).to.deep.equal(new Set(["kept"]));
    for (const stack of ["primary", "standby"]) {
      const preview = ended(0, await pulumi("-s", stack, "preview", "--expect-no-changes"));
      expect(preview.stdout + preview.stderr).to.not.include("PRIVATE KEY");
    }
  });

  it("are known to doctor and to the text metric", async () => {
    const { findings } = JSON.parse((await understudy("doctor", ...ENV, "--output", "json")).stdout) as Diagnosis;
    const found = findings.filter(({ check }) => check === "certificates");
    expect(found.map(({ host, state }) => [host, state])).to.deep.equal([
      ["host-a", "good"],
      ["host-b", "good"],
    ]);
    const [report, metrics] = ["health.json", "certificates.prom"].map((name) => path.join(folder(), name)) as [
      string,
      string,
    ];
    const words = ["health", ...ENV, "--output-file", report, "--metrics-file", metrics];
    const { reading } = await pollUntil(
      () => understudy(...words),
      ({ code }) => code === 0,
      ANSWERED,
    );
    ended(0, reading);
    const ends = readFileSync(metrics, "utf8").match(/^understudy_certificate_not_after_timestamp_seconds\{/gm);
    expect(ends).to.have.length(16);
  });
});
