import { expect } from "chai";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { EvidenceDocument } from "../../../../evidence/document";
import { acceptOnce } from "../../../../evidence/verify/accept-once";
import type { Verdict } from "../../../../evidence/verify/verify-evidence";
import { anotherRun } from "../../../support/another-run";
import { judge, rulesNamed } from "../../../support/judge-evidence";
import { temporaryFolder } from "../../../support/temporary-folder";
import { dryRunEvidence, failedEvidence, plannedEvidence } from "../../../support/valid-evidence";

const NOW = new Date("2026-11-24T06:00:00.000Z");

describe("a gate's ledger", () => {
  const folder = temporaryFolder();
  const ledger = (): string => path.join(folder(), "ledger");
  const text = (): string => readFileSync(ledger(), "utf8");
  const enter = (document: EvidenceDocument): Promise<Verdict> =>
    acceptOnce(ledger(), NOW, (accepted) => Promise.resolve(judge(document, { mode: document.drill.mode, accepted })));
  beforeEach(() => rmSync(ledger(), { force: true }));

  it("is made by the first drill that is accepted, with a line of time, mode, id and checksum", async () => {
    expect((await enter(plannedEvidence())).verdict).to.equal("accepted");
    expect(text()).to.match(/^2026-11-24T06:00:00\.000Z execute 2026-11-23-a [0-9a-f]{64} [0-9a-f]{16}\n$/);
  });

  it("accepts the same evidence once; the refusal says when, and leaves the ledger as it is", async () => {
    await enter(plannedEvidence());
    const before = text();
    const again = await enter(plannedEvidence());
    expect(rulesNamed(again)).to.deep.equal(["not-accepted-before"]);
    expect(again).to.have.nested.property("violations[0].key", "FAILOVER_EVIDENCE_SHA256");
    expect(again).to.have.nested.property("violations[0].limit", "not the one accepted at 2026-11-24T06:00:00.000Z");
    expect(text()).to.equal(before);
  });

  it("accepts an id once: other evidence of it is refused, a drill of another id is not", async () => {
    await enter(plannedEvidence());
    const same = await enter(anotherRun(plannedEvidence(), "2026-11-23-a"));
    expect(same).to.have.nested.property("violations[0].key", "FAILOVER_ID");
    expect(rulesNamed(same)).to.deep.equal(["not-accepted-before"]);
    expect((await enter(anotherRun(plannedEvidence(), "2026-11-24-b"))).verdict).to.equal("accepted");
  });

  it("lets a dry run be repeated and then executed under its id, but not offered twice", async () => {
    for (const evidence of [dryRunEvidence(), anotherRun(dryRunEvidence(), "2026-11-23-a"), plannedEvidence()]) {
      expect((await enter(evidence)).verdict).to.equal("accepted");
    }
    expect(rulesNamed(await enter(dryRunEvidence()))).to.deep.equal(["not-accepted-before"]);
  });

  it("is not touched by evidence that is refused", async () => {
    expect((await enter(failedEvidence("verify"))).verdict).to.equal("refused");
    expect(text).to.throw("ENOENT");
  });

  it("accepts one of many that come at the same moment", async () => {
    const verdicts = await Promise.all(Array.from({ length: 12 }, () => enter(plannedEvidence())));
    expect(verdicts.filter(({ verdict }) => verdict === "accepted")).to.have.length(1);
    expect(verdicts.filter(({ verdict }) => verdict === "refused")).to.have.length(11);
  });

  for (const [what, content] of [
    ["has a line that is none", "hello\n"],
    ["is cut off", "2026-11-24T06:00:00.000Z execute a "],
    ["has an empty line", "\n"],
  ] as const) {
    it(`that ${what} makes evidence unverifiable, and is left as it is`, async () => {
      writeFileSync(ledger(), content);
      const verdict = await enter(plannedEvidence());
      expect(verdict.verdict).to.equal("unverifiable");
      expect(verdict).to.have.property("reason").that.includes("is damaged");
      expect(text()).to.equal(content);
    });
  }

  it("that cannot be read or written makes evidence unverifiable: what cannot be entered is not accepted", async () => {
    mkdirSync(ledger());
    expect(await enter(plannedEvidence()))
      .to.have.property("reason")
      .that.includes("cannot be read");
    rmSync(ledger(), { recursive: true });
    const nowhere = path.join(folder(), "none", "ledger");
    const verdict = await acceptOnce(nowhere, NOW, (accepted) =>
      Promise.resolve(judge(plannedEvidence(), { accepted })),
    );
    expect(verdict.verdict).to.equal("unverifiable");
    expect(verdict).to.have.property("reason").that.includes("cannot be written");
  });
});
