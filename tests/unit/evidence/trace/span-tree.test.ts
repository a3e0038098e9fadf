import { expect } from "chai";
import type { EvidenceDocument } from "../../../../evidence/document";
import { spanOfUnrecorded, spanTreeOf, type SpanTree } from "../../../../evidence/trace/span-tree";
import { spanIdOf, traceIdOf } from "../../../../evidence/trace/trace-ids";
import { DEMOTION } from "../../../../settings/steps";
import { dryRunEvidence, failedEvidence, plannedEvidence } from "../../../support/valid-evidence";

const LINKS = { evidenceFile: "failover_result.json", evidenceSha256: "ab12" };
const BEGAN = Date.parse("2026-11-23T10:00:00.000Z");

function all(tree: SpanTree): readonly SpanTree[] {
  return [tree, ...tree.children.flatMap(all)];
}

describe("a drill as spans", () => {
  it("has each step with its true begin and end, below the whole", () => {
    const document = plannedEvidence();
    const tree = spanTreeOf(document, LINKS);
    const steps = tree.children.filter(({ name }) => document.steps.some(({ step }) => step === name));
    expect(steps.map(({ name }) => name)).to.deep.equal(document.steps.map(({ step }) => step));
    const demotion = steps.find(({ name }) => name === "demote-primary");
    expect(demotion?.startMs).to.be.closeTo(BEGAN + 1425.5, 1.001);
    expect((demotion?.endMs ?? 0) - (demotion?.startMs ?? 0)).to.be.closeTo(474.5, 0.001);
    for (const span of all(tree)) {
      expect(span.startMs, span.name).to.be.at.most(span.endMs);
      expect(span.startMs, span.name).to.be.at.least(tree.startMs);
      expect(span.endMs, span.name).to.be.at.most(tree.endMs);
    }
    expect(tree.error).to.equal(null);
  });

  it("has marks and fences as events, at their moments, with their hosts", () => {
    const document = plannedEvidence();
    const tree = spanTreeOf(document, LINKS);
    const promotion = tree.children.find(({ name }) => name === "promote-standby");
    expect(promotion?.events.map(({ name }) => name)).to.deep.equal(["promote-redis", "promote-timescaledb"]);
    expect(promotion?.events[0]?.atMs).to.be.closeTo((promotion?.startMs ?? 0) + 24.75, 0.001);
    expect(promotion?.events[0]?.attributes).to.deep.equal({ "understudy.host": "host-b" });
    expect(tree.events.map(({ name }) => name)).to.deep.equal(document.fences.map(() => "fenced"));
  });

  it("has the figures and the way to evidence and report as attributes; what is not known has none", () => {
    const { attributes } = spanTreeOf(plannedEvidence(), { ...LINKS, verdict: "accepted", report: "r.html" });
    expect(attributes).to.include({
      "understudy.drill.id": "2026-11-23-a",
      "understudy.drill.success": true,
      "understudy.lost_events": 0,
      "understudy.evidence.file": "failover_result.json",
      "understudy.evidence.sha256": "ab12",
      "understudy.verdict": "accepted",
      "understudy.report": "r.html",
    });
    expect(attributes["understudy.outage_ms.timescaledb"]).to.be.a("number");
    const unknown = spanTreeOf({ ...plannedEvidence(), probe: null }, LINKS).attributes;
    expect(unknown).not.to.have.any.keys(
      "understudy.outage_ms.timescaledb",
      "understudy.lost_events",
      "understudy.report",
    );
    const dry = spanTreeOf(dryRunEvidence(), LINKS);
    expect(dry.attributes, "nothing is measured").not.to.have.any.keys("understudy.lost_events");
    expect(dry.name).to.equal("planned dry run");
  });

  it("says which step failed and why, also where nothing came to evidence", () => {
    const document = failedEvidence(DEMOTION);
    const tree = spanTreeOf(document, LINKS);
    const failed = document.steps.find(({ step }) => step === document.failedStep);
    expect(tree.error).to.equal(`${document.failedStep ?? ""}: ${failed?.failure?.reason ?? ""}`);
    expect(tree.children.find(({ name }) => name === document.failedStep)?.error).to.equal(failed?.failure?.reason);
    expect(tree.children.map(({ name }) => name)).not.to.include.members(
      document.steps.filter(({ status }) => status === "skipped").map(({ step }) => step),
    );
    const [startedAt, finishedAt] = ["2026-11-23T10:00:00.000Z", "2026-11-23T10:00:01.000Z"];
    const asked = { id: "d", environment: "e", mode: "execute", startedAt, finishedAt, reason: "locked" } as const;
    expect(spanOfUnrecorded(asked)).to.deep.include({ error: "locked", startMs: BEGAN, endMs: BEGAN + 1000 });
  });

  it("takes no free text of a server, and no nonce", () => {
    const planted = "planted-3f9c";
    const document: EvidenceDocument = plannedEvidence();
    const text = JSON.stringify({
      ...document,
      drill: { ...document.drill, nonce: planted },
      versions: { postgres: planted },
      fences: document.fences.map((fence) => ({ ...fence, detail: planted })),
      services: document.services.map((one) => ({ ...one, image: planted })),
      steps: document.steps.map((step) => ({
        ...step,
        checks: step.checks.map((check) => ({ ...check, measured: planted, limit: planted })),
      })),
    });
    expect(text).to.include(planted);
    expect(JSON.stringify(spanTreeOf(JSON.parse(text) as EvidenceDocument, LINKS))).not.to.include(planted);
  });
});

describe("the ids of a drill's trace", () => {
  it("follow from the drill's id, and differ between two drills that bear one", () => {
    expect(traceIdOf("d1"))
      .to.match(/^[0-9a-f]{32}$/)
      .and.to.equal(traceIdOf("d1"))
      .and.not.to.equal(traceIdOf("d2"));
    const ids = [spanIdOf("d1", "t1", 0), spanIdOf("d1", "t1", 1), spanIdOf("d1", "t2", 0), spanIdOf("d2", "t1", 0)];
    expect(new Set(ids).size).to.equal(4);
    for (const id of ids) expect(id).to.match(/^[0-9a-f]{16}$/);
  });
});
