import { expect } from "chai";
import fc from "fast-check";
import type { EvidenceDocument } from "../../../../evidence/document";
import { printable } from "../../../../evidence/report/escape-markdown";
import { renderJunit } from "../../../../evidence/report/render-junit";
import { STEP_NAMES } from "../../../../settings/steps";
import { lossStory, swapStory } from "../../../support/drill-story";
import { judgedDocument } from "../../../support/judged-document";
import { dryRunEvidence, failedEvidence } from "../../../support/valid-evidence";
import { elementsNamed, scanXml, type XmlElement } from "../../../support/xml-scanner";

function junit(document: EvidenceDocument): XmlElement {
  return scanXml(
    renderJunit(judgedDocument(document))
      .replace(/^<\?xml [^?]*\?>\n/, "")
      .trim(),
  );
}

/** `name: outcome` of each test case. */
function outcomes(document: EvidenceDocument): string[] {
  return elementsNamed(junit(document), "testcase").map(({ attributes, children }) => {
    const outcome = children.find(({ name }) => name !== "system-out");
    return `${attributes["name"]}: ${outcome?.name ?? "passed"}`;
  });
}

describe("a drill as JUnit XML", () => {
  it("has a passed test case for each step of a good drill, with its time and checks", () => {
    expect(outcomes(swapStory())).to.deep.equal(STEP_NAMES.map((name) => `${name}: passed`));
    const [precheck] = elementsNamed(junit(swapStory()), "testcase");
    expect(precheck!.attributes).to.deep.equal({
      classname: "understudy.planned.host-a-to-host-b",
      name: "precheck",
      time: "1.231",
    });
    expect(precheck!.children.at(-1)!.text).to.include("met timescaledb role on host-a: primary, must be primary");
  });

  it("counts what it holds", () => {
    for (const document of [swapStory(), lossStory(), dryRunEvidence(), ...STEP_NAMES.map(failedEvidence)]) {
      const root = junit(document);
      for (const suite of [root, ...elementsNamed(root, "testsuite")]) {
        const { tests, failures, skipped, errors } = suite.attributes;
        expect([tests, failures, skipped, errors]).to.deep.equal(
          ["testcase", "failure", "skipped", "error"].map((name) => String(elementsNamed(root, name).length)),
        );
      }
    }
  });

  it("has the failed step with reason, what was undone and the next command, and the later ones skipped", () => {
    const document = failedEvidence("demote-primary");
    document.steps[2]!.failure!.undone = "host-a is primary again";
    expect(outcomes(document)).to.deep.equal([
      "precheck: passed",
      "backup-sync-check: passed",
      "demote-primary: failure",
      "promote-standby: skipped",
      "verify: skipped",
    ]);
    const [failure] = elementsNamed(junit(document), "failure");
    expect(failure!.attributes["message"]).to.equal("demote-primary could not be done");
    expect(failure!.text).to.include("undone: host-a is primary again").and.include("next: understudy status");
  });

  it("does not pass a step that a dry run did not try", () => {
    const document = dryRunEvidence();
    document.steps[3]!.checks = [];
    expect(outcomes(document)).to.include("promote-standby: skipped").and.include("precheck: passed");
  });

  it("does not fail an unplanned drill that succeeded because its dead host could not be demoted", () => {
    expect(outcomes(lossStory())).to.include("demote-primary: skipped");
    const failed = lossStory();
    failed.success = false;
    expect(outcomes(failed)).to.include("demote-primary: failure");
  });

  it("fails where evidence claims a success that the verifier refuses", () => {
    const document = swapStory();
    document.postgres.newTimeline = 7;
    expect(outcomes(document)).to.deep.equal([...STEP_NAMES.map((name) => `${name}: passed`), "evidence: failure"]);
  });

  it("is well formed and keeps every word, whatever a reason says", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (reason) => {
        const document = failedEvidence("verify");
        document.steps[4]!.failure!.reason = reason;
        const [failure] = elementsNamed(junit(document), "failure");
        expect(failure!.attributes["message"]).to.equal(printable(reason));
      }),
      { numRuns: 60 },
    );
  });
});
