import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { keepEvidence } from "../../../../evidence/keep-evidence";
import { writeEvidence } from "../../../../evidence/write-evidence";
import { findRehearsals } from "../../../../operator/readiness/find-rehearsals";
import { later } from "../../../support/later";
import { dryRunEvidence, failedEvidence, plannedEvidence, record } from "../../../support/valid-evidence";
import { temporaryFolder } from "../../../support/temporary-folder";

const DAY_MS = 86_400_000;

describe("the rehearsals of a pair", () => {
  const all = temporaryFolder();
  let tests = 0;
  beforeEach(() => mkdirSync(folder(++tests)));
  const folder = (test = tests): string => path.join(all(), String(test));
  const result = (): string => path.join(folder(), "failover_result.env");

  it("are read from the newest on, as far back as the last accepted one; dry runs and other pairs are none", async () => {
    for (const days of [0, 1]) await keepEvidence(result(), later(days * DAY_MS, plannedEvidence()));
    await keepEvidence(result(), later(2 * DAY_MS, failedEvidence("verify")));
    await keepEvidence(result(), later(3 * DAY_MS, dryRunEvidence()));
    const { rehearsals, unreadable } = await findRehearsals(folder(), "lab");
    expect(unreadable).to.deep.equal([]);
    expect(rehearsals.map(({ finishedAt, accepted }) => [finishedAt.slice(0, 10), accepted])).to.deep.equal([
      ["2026-11-25", false],
      ["2026-11-24", true],
    ]);
    expect(rehearsals[0]?.sentence).to.include("The drill failed at verify");
    expect((await findRehearsals(folder(), "another")).rehearsals).to.deep.equal([]);
  });

  it("are one where the same evidence lies in two places, and say what they were of", async () => {
    const document = plannedEvidence();
    const digest = "a".repeat(64);
    document.drill.basis = {
      ...{ program: "0.1.0", environmentFileSha256: digest, settingsSha256: digest, keysSha256: digest },
      images: { redis: "redis:7" },
    };
    record(document);
    await writeEvidence(result(), document);
    await keepEvidence(result(), document);
    const { rehearsals } = await findRehearsals(folder(), "lab");
    expect(rehearsals).to.have.length(1);
    expect(rehearsals[0]).to.deep.include({ accepted: true, evidence: result(), basis: document.drill.basis });
  });

  it("are not taken for none where one cannot be read", async () => {
    await keepEvidence(result(), plannedEvidence());
    writeFileSync(result(), "FAILOVER_EV");
    const { rehearsals, unreadable } = await findRehearsals(folder(), "lab");
    expect(rehearsals).to.have.length(1);
    expect(unreadable).to.have.length(1);
    expect(unreadable[0]).to.include("failover_result.env cannot be read");
  });

  it("count a drill of the two stores only as none that was accepted", async () => {
    const document = plannedEvidence();
    document.drill.storesOnly = true;
    await writeEvidence(result(), record(document));
    const { rehearsals } = await findRehearsals(folder(), "lab");
    expect(rehearsals.map(({ accepted }) => accepted)).to.deep.equal([false]);
    expect(rehearsals[0]?.sentence).to.match(/^it was of the two stores only/);
  });

  it("are unknown where the folder is not there", async () => {
    let thrown: unknown;
    await findRehearsals(path.join(folder(), "nowhere"), "lab").catch((error: unknown) => (thrown = error));
    expect(thrown).to.deep.include({ exitCode: 2 });
  });
});
