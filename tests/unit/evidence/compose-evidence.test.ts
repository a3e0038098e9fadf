import { expect } from "chai";
import { composeEvidence } from "../../../evidence/compose-evidence";
import { type DrillFacts, drillTerms, noFacts, recorded, type StepOutput } from "../../../evidence/drill-facts";
import { evidenceDocumentSchema, type EvidenceDocument } from "../../../evidence/document";
import { factsSha256Of } from "../../../evidence/facts-digest";
import type { StepStatus } from "../../../settings/steps";
import { sampleEnvironment } from "../components/sample";
import { judge, rulesNamed } from "../../support/judge-evidence";
import { failedEvidence, plannedEvidence, unplannedEvidence } from "../../support/valid-evidence";
import {
  acceptedUnfencedEvidence,
  stoppedByEngineEvidence,
  unseenFailureEvidence,
} from "../../support/valid-unplanned";

const REQUEST = {
  id: "2026-11-23-a",
  mode: "execute",
  kind: "planned",
  nonce: "gate-7",
  fromHost: "host-a",
  toHost: "host-b",
} as const;
const ENVIRONMENT = sampleEnvironment(2);

function factsOf({
  topology,
  lagBefore,
  fences,
  unplanned,
  postgres,
  redis,
  probe,
  continuity,
  services,
  versions,
}: EvidenceDocument): DrillFacts {
  return {
    topologyBefore: topology.before,
    topologyAfter: topology.after,
    lagBefore,
    fences,
    unplanned,
    postgres,
    redis,
    probe,
    ...(continuity === undefined ? {} : { continuity }),
    services,
    versions,
  };
}

/** What the steps of `document` leave: facts grow from nothing to all, and a skipped step knows nothing. */
function outputsOf(document: EvidenceDocument): StepOutput[] {
  const last = document.steps.findLastIndex((step) => step.status !== "skipped");
  return document.steps.map((result, at) => ({ result, facts: at === last ? factsOf(document) : noFacts() }));
}

describe("the evidence of the steps together", () => {
  it("is the whole drill when every step passed", () => {
    const planned = plannedEvidence();
    const composed = composeEvidence(REQUEST, ENVIRONMENT, outputsOf(planned));
    expect(composed).to.deep.equal({
      ...planned,
      drill: { ...planned.drill, environment: "sample" },
      objectives: { maxFailoverSeconds: 60, maxDataLagEvents: 0 },
    });
    evidenceDocumentSchema.parse(composed);
  });

  it("names what waited for an up, and no other list fits the steps that recorded it", () => {
    const changes = [{ host: "host-b", resource: "redis-image", change: "replace" as const }];
    const request = { ...REQUEST, pending_changes: { seen_in: "preview" as const, changes } };
    const terms = drillTerms(request, ENVIRONMENT);
    const outputs = outputsOf(plannedEvidence()).map((output) => recorded(output, terms));
    const composed = composeEvidence(request, ENVIRONMENT, outputs);
    expect(composed.drill.pendingChanges).to.deep.equal({ seenIn: "preview", changes });
    expect(factsSha256Of(evidenceDocumentSchema.parse(composed))).to.equal(composed.steps.at(-1)?.factsSha256);
    const { pendingChanges: waited, ...drill } = composed.drill;
    expect(waited).not.to.equal(undefined);
    for (const other of [drill, { ...drill, pendingChanges: { seenIn: "preview" as const, changes: [] } }])
      expect(factsSha256Of({ ...composed, drill: other })).not.to.equal(composed.steps.at(-1)?.factsSha256);
  });

  it("says what was rehearsed, and a step's digest covers it", () => {
    const digest = "a".repeat(64);
    const basis = {
      ...{ program: "0.1.0", environment_file_sha256: digest, settings_sha256: digest, keys_sha256: digest },
      images: { redis: "redis:7" },
    };
    const request = { ...REQUEST, basis };
    const outputs = outputsOf(plannedEvidence()).map((output) => recorded(output, drillTerms(request, ENVIRONMENT)));
    const composed = composeEvidence(request, ENVIRONMENT, outputs);
    expect(composed.drill.basis).to.deep.equal({
      ...{ program: "0.1.0", environmentFileSha256: digest, settingsSha256: digest, keysSha256: digest },
      images: { redis: "redis:7" },
    });
    expect(factsSha256Of(evidenceDocumentSchema.parse(composed))).to.equal(composed.steps.at(-1)?.factsSha256);
    const { basis: said, ...drill } = composed.drill;
    expect(said).not.to.equal(undefined);
    for (const other of [drill, { ...drill, basis: { ...said!, program: "0.2.0" } }])
      expect(factsSha256Of({ ...composed, drill: other })).not.to.equal(composed.steps.at(-1)?.factsSha256);
  });

  it("lasts from the first step's start to the last step's end, by the monotonic clock", () => {
    const { drill } = composeEvidence(REQUEST, ENVIRONMENT, outputsOf(plannedEvidence()));
    expect(drill.durationMs).to.equal(3999.875);
    expect([drill.startedAt, drill.finishedAt]).to.deep.equal([
      plannedEvidence().steps[0]?.startedAt,
      plannedEvidence().steps[4]?.finishedAt,
    ]);
  });

  for (const step of ["precheck", "demote-primary", "verify"] as const) {
    it(`has failed at ${step}, and keeps what was found out before the skipped steps`, () => {
      const failed = failedEvidence(step);
      const composed = composeEvidence(REQUEST, ENVIRONMENT, outputsOf(failed));
      expect([composed.success, composed.failedStep]).to.deep.equal([false, step]);
      expect(factsOf(composed)).to.deep.equal(factsOf(failed));
      evidenceDocumentSchema.parse(composed);
    });
  }

  it("names the first step that failed", () => {
    const outputs = outputsOf(plannedEvidence());
    for (const at of [1, 3]) Object.assign(outputs[at]!.result, { status: "failed" satisfies StepStatus });
    expect(composeEvidence(REQUEST, ENVIRONMENT, outputs).failedStep).to.equal("backup-sync-check");
  });

  it("holds to the nonce and the objectives that the drill was started with: others are refused", () => {
    const terms = drillTerms(REQUEST, ENVIRONMENT);
    const outputs = outputsOf(plannedEvidence()).map((output) => recorded(output, terms));
    expect(judge(composeEvidence(REQUEST, ENVIRONMENT, outputs)).verdict).to.equal("accepted");
    const looser = { ...ENVIRONMENT, objectives: { ...ENVIRONMENT.objectives, max_data_lag_events: 100 } };
    for (const changed of [
      composeEvidence({ ...REQUEST, nonce: "gate-8" }, ENVIRONMENT, outputs),
      composeEvidence(REQUEST, looser, outputs),
    ]) {
      expect(rulesNamed(judge(changed))).to.deep.equal(["facts-of-this-run"]);
    }
  });

  for (const evidence of [
    unplannedEvidence,
    stoppedByEngineEvidence,
    acceptedUnfencedEvidence,
    unseenFailureEvidence,
  ]) {
    it(`is a success, with the figures of its samples, of ${evidence.name}`, () => {
      const unplanned = evidence();
      const outputs = outputsOf(unplanned);
      const told = outputs.at(-1)?.facts.unplanned;
      if (told) Object.assign(told, { probeSawFailure: null, recoveryMs: { timescaledb: 1, redis: null } });
      const composed = composeEvidence({ ...REQUEST, kind: "unplanned" }, ENVIRONMENT, outputs);
      expect(composed.success).to.equal(true);
      expect(composed.failedStep).to.equal(unplanned.failedStep);
      expect(composed.unplanned).to.deep.equal(evidence().unplanned);
    });
  }

  it("is no success when an unplanned drill refused to promote, or when its promotion was skipped", () => {
    const compose = (change: (document: EvidenceDocument) => void): boolean => {
      const document = unplannedEvidence();
      change(document);
      return composeEvidence({ ...REQUEST, kind: "unplanned" }, ENVIRONMENT, outputsOf(document)).success;
    };
    expect(compose(() => undefined)).to.equal(true);
    expect(compose((d) => Object.assign(d.steps[2]!.failure!, { refused: true }))).to.equal(false);
    expect(compose((d) => Object.assign(d.steps[3]!, { status: "skipped" }))).to.equal(false);
    expect(compose((d) => Object.assign(d.steps[4]!, { status: "failed" }))).to.equal(false);
  });

  it("takes the newest facts, not the first: an emptied one is emptied", () => {
    const outputs = outputsOf(plannedEvidence());
    outputs[0] = { ...outputs[0]!, facts: { ...noFacts(), versions: { postgres: "14" } } };
    expect(composeEvidence(REQUEST, ENVIRONMENT, outputs).versions).to.deep.equal({ postgres: "15.8" });
  });

  it("knows nothing, in nulls, when every step was skipped", () => {
    const outputs = plannedEvidence().steps.map((result) => ({
      result: { ...result, status: "skipped" as const },
      facts: factsOf(plannedEvidence()),
    }));
    expect(factsOf(composeEvidence(REQUEST, ENVIRONMENT, outputs))).to.deep.equal(noFacts());
  });

  it("is refused without a step", () => {
    expect(() => composeEvidence(REQUEST, ENVIRONMENT, [])).to.throw("at least one step");
  });
});
