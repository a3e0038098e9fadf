import { expect } from "chai";
import { predicateOf, statementOf, statementSchema } from "../../../../evidence/attestation/statement";
import type { EvidenceDocument } from "../../../../evidence/document";
import { STEP_NAMES } from "../../../../settings/steps";
import { dryRunEvidence, failedEvidence, plannedEvidence, unplannedEvidence } from "../../../support/valid-evidence";

const KEY = { fingerprint: "ab".repeat(32), isFor: "lab" } as const;

function results(document: EvidenceDocument): readonly unknown[] {
  const { result, passedTests, warnedTests, failedTests } = predicateOf(document, KEY);
  return [result, passedTests, warnedTests, failedTests];
}

describe("the statement about a drill", () => {
  it("is an in-toto test result about both files, with the drill and the key that vouches for it", () => {
    const subjects = {
      env: { name: "r.env", sha256: "01".repeat(32) },
      document: { name: "r.json", sha256: "02".repeat(32) },
    };
    const statement = statementOf(plannedEvidence(), subjects, KEY);
    expect(statementSchema.parse(statement)).to.deep.equal(statement);
    expect(statement).to.deep.include({
      _type: "https://in-toto.io/Statement/v1",
      predicateType: "https://in-toto.io/attestation/test-result/v0.1",
      subject: [
        { name: "r.env", digest: { sha256: "01".repeat(32) } },
        { name: "r.json", digest: { sha256: "02".repeat(32) } },
      ],
    });
    expect(statement.predicate.configuration).to.deep.equal([
      {
        name: "drill",
        uri: "urn:understudy:drill:lab:2026-11-23-a",
        annotations: {
          environment: "lab",
          id: "2026-11-23-a",
          nonce: "gate-7",
          mode: "execute",
          kind: "planned",
          fromHost: "host-a",
          toHost: "host-b",
        },
      },
      { name: "signing-key", digest: { sha256: KEY.fingerprint }, annotations: { isFor: "lab" } },
    ]);
  });

  it("of a swap in which every step passed says PASSED", () => {
    expect(results(plannedEvidence())).to.deep.equal(["PASSED", [...STEP_NAMES], [], []]);
  });

  it("of a dry run never says PASSED: nobody saw a step pass", () => {
    expect(results(dryRunEvidence())).to.deep.equal(["WARNED", [], [...STEP_NAMES], []]);
  });

  it("of a failed drill says FAILED, names the step, and lists no step that was not run", () => {
    expect(results(failedEvidence("demote-primary"))).to.deep.equal([
      "FAILED",
      ["precheck", "backup-sync-check"],
      [],
      ["demote-primary"],
    ]);
  });

  it("of an unplanned success does not hide the step that failed", () => {
    const [result, , , failed] = results(unplannedEvidence());
    expect([result, failed]).to.deep.equal(["WARNED", ["demote-primary"]]);
  });
});
