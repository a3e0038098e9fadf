import { expect } from "chai";
import type { EvidenceDocument } from "../../../../evidence/document";
import { drillReport } from "../../../../evidence/report/report-files";
import { cellText, type Report } from "../../../../evidence/report/report-model";
import { renderMarkdown } from "../../../../evidence/report/render-markdown";
import { STEP_NAMES } from "../../../../settings/steps";
import { adoptedEvidence } from "../../../support/adopted-evidence";
import { watchedEvidence } from "../../../support/client-cases";
import { findings, knowinglyLostEvidence } from "../../../support/finding-cases";
import { lossStory, nightStory, swapStory } from "../../../support/drill-story";
import { judgedDocument } from "../../../support/judged-document";
import { storesOnlyDryRun, storesOnlyEvidence } from "../../../support/stores-only-cases";
import { continuedFromBackupEvidence, nothingBackedUpEvidence } from "../../../support/unplanned-data";
import { dryRunEvidence, failedEvidence, plannedEvidence, unplannedEvidence } from "../../../support/valid-evidence";
import { acceptedUnfencedEvidence } from "../../../support/valid-unplanned";

const reportOf = (document: EvidenceDocument): Report => drillReport(judgedDocument(document));
const textOf = (document: EvidenceDocument): string => renderMarkdown(reportOf(document), "page.html");

/** All words of one section, a line a table row, list item or fact. */
function sectionText(document: EvidenceDocument, id: string): string {
  const section = reportOf(document).sections.find((one) => one.id === id);
  if (section === undefined) throw new Error(`no section ${id}`);
  const lines = section.blocks.flatMap((block) => {
    switch (block.kind) {
      case "text":
        return [cellText(block.text)];
      case "facts":
        return block.facts.map(([name, value]) => `${name}: ${cellText(value)}`);
      case "list":
        return block.items.map(cellText);
      case "table":
        return block.rows.map((row) => row.map(cellText).join(" | "));
      case "picture":
        return [block.caption, ...block.plain];
    }
  });
  return lines.join("\n");
}

const EXECUTED = [
  ...["timeline", "objectives", "steps", "deviations", "loss-proof", "clients", "service-data", "fences", "topology"],
  ...["not-exercised", "stand-ins", "versions", "evidence"],
];

describe("the report of a planned swap", () => {
  const document = swapStory();

  it("has every section, each once", () => {
    expect(reportOf(document).sections.map(({ id }) => id)).to.deep.equal(EXECUTED);
  });

  it("says in one sentence that it was good, and shows it on the first screen", () => {
    const { headline, tiles } = reportOf(document);
    expect(headline).to.deep.equal({
      badge: "Passed",
      tone: "good",
      sentence:
        "host-b took over from host-a in 1.885 s: no acknowledged probe event was lost, and clients waited at most 120.3 ms between two acknowledged writes.",
      next: null,
    });
    expect(tiles.map(({ value, tone }) => [value, tone])).to.deep.equal([
      ["0", "good"],
      ["120.3 ms", "good"],
      ["15.3 ms", "good"],
      ["host-b", "good"],
    ]);
  });

  it("holds each objective against what was measured", () => {
    expect(sectionText(document, "objectives").split("\n")).to.deep.equal([
      "First step to last | at most 60 s | 1.885 s | yes",
      "PostgreSQL without an acknowledged write | at most 60 s | 120.3 ms | yes",
      "Redis without an acknowledged write | at most 60 s | 15.3 ms | yes",
      "Acknowledged probe events lost | at most 0 | 0 | yes",
    ]);
    const slow = swapStory();
    slow.objectives.maxFailoverSeconds = 0.1;
    expect(sectionText(slow, "objectives")).to.include("120.3 ms | no").and.include("15.3 ms | yes");
  });

  it("tells the bound of a stop and the time of a crash recovery as two figures", () => {
    const hung = swapStory();
    expect(sectionText(hung, "loss-proof")).to.not.match(/crash recovery/);
    hung.postgres.stop = { sessionsEnded: 7, boundMs: 10_000, tookMs: 10_021, recoveryMs: 1_250 };
    expect(sectionText(hung, "loss-proof"))
      .to.include("sessions ended | 7 | while the server still ran")
      .and.include(
        "stop | hung, and was ended at once after 10.021 s | at most 10.000 s, then the server is ended at once",
      )
      .and.include("crash recovery | 1.250 s | after that, until it took writes again");
    hung.postgres.stop.recoveryMs = null;
    expect(sectionText(hung, "loss-proof")).to.include("crash recovery | unknown");
  });

  it("has a row for each step, with status, duration and checks", () => {
    const text = sectionText(document, "steps");
    for (const step of STEP_NAMES)
      expect(text).to.match(new RegExp(`^${step} \\| passed \\| [\\d.]+ m?s \\| (\\d+) of \\1$`, "m"));
  });

  it("proves that nothing was lost: final WAL position, received, replayed, switch point, timeline, offsets, counts", () => {
    const text = sectionText(document, "loss-proof");
    for (const line of [
      "final WAL position | 0/30000A0",
      "received | 0/30000A0 | equals the final WAL position",
      "replayed | 0/30000A0 | equals the final WAL position",
      "switch point | 0/30000A0 | equals the final WAL position",
      "new timeline | 2 | must be 2",
      "offset of the standby | 4711 | equals the offset of the old primary",
      "full resyncs | 0",
      "acknowledged | 128 | 149",
      "lost: acknowledged, not found | 0 | 0",
      "duplicated: found more than once | 0 | 0",
      "phantom: found, never attempted or refused | 0 | 0",
      "indeterminate: may or may not be written | 0 | 0",
    ]) {
      expect(text).to.include(line);
    }
  });

  it("names fences, topology, stand-ins, versions, digests, evidence and what was not exercised", () => {
    expect(sectionText(document, "fences")).to.include(
      "PostgreSQL on host-a | stopped cleanly | at 1.3672 s, 11.2 ms before promotion",
    );
    expect(sectionText(document, "topology")).to.include("host-a | PostgreSQL | primary | standby");
    expect(sectionText(document, "topology")).to.include("host-b | Redis | standby | primary");
    expect(sectionText(document, "stand-ins")).to.equal(
      "grafana: an HTTP service with Grafana's health and dashboard endpoints; not Grafana",
    );
    expect(sectionText(document, "versions")).to.include("timescaledb@host-a | 15.14");
    expect(sectionText(document, "versions")).to.match(/redis \| host-a, host-b \| \S+\/redis \| sha256:[0-9a-f]{64}/);
    expect(sectionText(document, "evidence")).to.include(judgedDocument(document).sha256).and.include("Nonce: gate-7");
    expect(sectionText(document, "not-exercised")).to.include("The loss of a host").and.include("Restoring a backup");
    expect(sectionText(document, "deviations")).to.match(/^None: every check was met/);
  });

  it("says what was found on the servers, and nothing of it where nobody has read them", () => {
    expect(reportOf(document).sections.some(({ id }) => id === "server-findings")).to.equal(false);
    const found = sectionText(knowinglyLostEvidence(), "server-findings").split("\n");
    expect(found[0]).to.match(
      /^PostgreSQL on host-a \| unlogged-rows \| shop: public\.fast \| they are not replicated/,
    );
    expect(found[0]).to.match(/\| the operator went on with it$/);
    expect(found[1]).to.match(/^Redis on host-b \| other-databases \| databases 5 \(3 keys\) \| .* \| -$/);
    expect(sectionText({ ...document, findings: findings([]) }, "server-findings")).to.match(/^Nothing was found/);
  });

  it("says on the first screen and of each service that a drill was of the two stores only", () => {
    const { headline } = reportOf(storesOnlyEvidence());
    expect([headline.badge, headline.tone]).to.deep.equal(["Passed, stores only", "warn"]);
    const names = "prometheus, alertmanager, loki, tempo, grafana";
    const words = `the two stores only: ${names} were neither asked nor copied`;
    expect(headline.sentence).to.include(words);
    expect(reportOf(storesOnlyDryRun()).headline.sentence).to.include(words);
    expect(sectionText(storesOnlyEvidence(), "deviations")).to.include(words);
    expect(sectionText(storesOnlyEvidence(), "service-data")).to.match(/^loki \| neither asked nor copied/m);
    expect(sectionText(storesOnlyEvidence(), "not-exercised")).to.include(`Health, data and backups of ${names}`);
  });

  it("says of an image without a digest that it is not pinned", () => {
    expect(sectionText(plannedEvidence(), "versions")).to.include("timescaledb:lab | unknown: not pinned by digest");
  });

  it("is the same for the same document", () => {
    expect(textOf(swapStory())).to.equal(textOf(swapStory()));
  });
});

describe("the report of a dry run", () => {
  it("says that nothing was changed, draws no timeline, claims no proof and no fence", () => {
    const report = reportOf(dryRunEvidence());
    expect(report.headline).to.include({ badge: "Dry run passed", tone: "good" });
    expect(report.headline.sentence).to.equal(
      "Nothing was changed: every check that a dry run can make was met, and host-b is fit to take over from host-a.",
    );
    const ids = report.sections.map(({ id }) => id);
    expect(ids).to.include("lag").and.not.include.oneOf(["timeline", "loss-proof", "fences"]);
    expect(sectionText(dryRunEvidence(), "objectives")).not.to.match(/\| (yes|no)$/m);
    expect(sectionText(dryRunEvidence(), "topology")).to.include("unchanged: dry run");
  });

  it("names the steps that it could not try", () => {
    const document = dryRunEvidence();
    document.steps[2]!.checks = [];
    expect(sectionText(document, "not-exercised")).to.include("demote-primary cannot be tried in a dry run");
    expect(sectionText(document, "not-exercised")).not.to.include("precheck cannot be tried");
  });

  it("names what would stop the drill, and the next command", () => {
    const document = dryRunEvidence();
    const { failure } = failedEvidence("precheck").steps[0]!;
    document.success = false;
    document.failedStep = "precheck";
    document.steps = document.steps.map((step, index) => ({
      ...step,
      status: index === 0 ? "failed" : "skipped",
      failure: index === 0 ? failure : null,
    }));
    const { headline } = reportOf(document);
    expect(headline).to.include({ badge: "Dry run failed", tone: "bad", next: "understudy status" });
    expect(headline.sentence).to.include("would stop at precheck: precheck could not be done.");
  });
});

describe("the report of a failed drill", () => {
  for (const [at, step] of STEP_NAMES.entries()) {
    it(`that failed at ${step} names step, reason, next command and the skipped steps`, () => {
      const document = failedEvidence(step);
      const { headline } = reportOf(document);
      expect(headline).to.include({ badge: "Failed", tone: "bad", next: "understudy status" });
      expect(headline.sentence).to.match(
        new RegExp(`^The drill failed at ${step} after [\\d.]+ s: ${step} could not be done\\.`),
      );
      const text = sectionText(document, "steps");
      expect(text).to.include(`Reason: ${step} could not be done`).and.include("Next command: understudy status");
      for (const later of STEP_NAMES.slice(at + 1)) {
        expect(text).to.include(`${later} | skipped | - | none made`);
        expect(sectionText(document, "not-exercised")).to.include(`${later} was skipped`);
      }
    });
  }

  it("says that the old primary was not touched, or what was undone", () => {
    expect(reportOf(failedEvidence("precheck")).headline.sentence).to.match(
      /Nothing was promoted, and nothing on host-a was touched\.$/,
    );
    const document = failedEvidence("demote-primary");
    document.steps[2]!.failure!.undone = "PostgreSQL on host-a is primary again";
    expect(reportOf(document).headline.sentence).to.match(/Undone: PostgreSQL on host-a is primary again\.$/);
    expect(sectionText(document, "steps")).to.include("Undone: PostgreSQL on host-a is primary again");
  });

  it("writes unknown, and no zero, where the probe did not run", () => {
    const document = failedEvidence("precheck");
    expect(
      reportOf(document)
        .tiles.slice(0, 3)
        .map(({ value }) => value),
    ).to.deep.equal(["unknown", "unknown", "unknown"]);
    expect(sectionText(document, "loss-proof"))
      .to.include("nothing was counted")
      .and.include("final WAL position | unknown");
    expect(sectionText(document, "loss-proof")).not.to.match(/\| 0( |$)/m);
    expect(sectionText(document, "objectives")).to.include(
      "Acknowledged probe events lost | at most 0 | unknown | unknown",
    );
    expect(sectionText(document, "fences")).to.equal("None was needed: nothing was promoted.");
  });

  it("lists each check that did not hold as a deviation", () => {
    const document = failedEvidence("backup-sync-check");
    document.steps[1]!.checks = [{ name: "redis lag, events", host: "host-b", measured: null, limit: 5, ok: false }];
    expect(sectionText(document, "deviations")).to.include(
      "backup-sync-check: redis lag, events on host-b is unknown, must be 5",
    );
  });
});

describe("the report of an unplanned drill", () => {
  it("says what was lost, the failed step, and warns", () => {
    const { headline, tiles } = reportOf(lossStory());
    expect(headline).to.include({ badge: "Passed with loss", tone: "warn", next: "understudy rejoin host-a" });
    expect(headline.sentence).to.match(
      /^host-b took over from host-a, unplanned, in 1\.885 s: 3 acknowledged probe events were lost,/,
    );
    expect(tiles[0]).to.include({ value: "3" });
    expect(sectionText(lossStory(), "steps"))
      .to.include("Failed: demote-primary")
      .and.include("engine refused the connection twice");
    expect(sectionText(lossStory(), "not-exercised")).to.include("The return of host-a");
  });

  it("says how old the backups are that services continue with, and that what came later is unknown", () => {
    const text = sectionText(continuedFromBackupEvidence(), "service-data");
    expect(text).to.include("newest backup, 123 s old");
    expect(text).to.include("acknowledged after 2026-11-23T09:57:58.000Z: how much is unknown");
    const without = sectionText(nothingBackedUpEvidence(), "service-data");
    expect(without).to.include("no-backups").and.include("how much is unknown");
  });

  it("names how each store was fenced, and an operator's acceptance as a deviation", () => {
    expect(sectionText(unplannedEvidence(), "fences")).to.include("switched off by the fence command");
    const document = acceptedUnfencedEvidence();
    expect(sectionText(document, "fences")).to.include("NOT FENCED: accepted by the operator");
    expect(sectionText(document, "deviations")).to.include("demote-primary was bypassed");
    expect(sectionText(document, "deviations")).to.include(
      "Redis on host-a was not fenced; the operator accepted it: sam: rack is without power",
    );
    expect(sectionText(document, "deviations")).to.include("PostgreSQL: 2 events lost");
  });

  it("says unknown when nothing could be read back", () => {
    const document = unplannedEvidence();
    document.success = false;
    const store = document.probe!.timescaledb;
    store.found = null;
    Object.assign(store.counts, { lost: null, duplicated: null, phantom: null });
    expect(reportOf(document).tiles[0]).to.include({ value: "unknown", tone: "unknown" });
    expect(sectionText(document, "loss-proof")).to.include("lost: acknowledged, not found | unknown | 0");
    expect(sectionText(document, "deviations")).to.include(
      "PostgreSQL could not be read back: what was lost is unknown",
    );
  });

  it("does not take the probe's zero for no loss when it began after the failure, nor its gap for the outage", () => {
    const { headline, tiles } = reportOf(nightStory());
    expect(nightStory().probe!.timescaledb.counts.lost).to.equal(0);
    expect(headline).to.include({ badge: "Done, not proved", tone: "warn" });
    expect(headline.sentence).to.include("how many acknowledged probe events were lost is unknown");
    expect(headline.sentence).to.include("writes were acknowledged again 1.446 s after the first step began");
    expect(tiles.map(({ label, value }) => [label, value]).slice(0, 3)).to.deep.equal([
      ["Acknowledged probe events lost", "unknown"],
      ["PostgreSQL back after", "1.446 s"],
      ["Redis back after", "1.391 s"],
    ]);
    expect(sectionText(nightStory(), "objectives")).to.include(
      "PostgreSQL without an acknowledged write | at most 60 s | unknown | unknown",
    );
    expect(sectionText(nightStory(), "objectives")).to.include(
      "PostgreSQL acknowledges writes again after | at most 60 s | 1.446 s | yes",
    );
    expect(sectionText(nightStory(), "timeline")).to.include("PostgreSQL: 1.446 s until the first acknowledged write");
  });

  it("says why the primary was taken for gone, who accepted what, what may be lost, and what stays open", () => {
    const text = sectionText(acceptedUnfencedEvidence(), "unplanned");
    for (const line of [
      "operator, at 0.2097 s | PostgreSQL | yes | no answer within 1000 ms",
      "standby, at 0.2308 s | Redis | yes | its link is down",
      "Accepted unfenced by: sam",
      "Reason given: rack is without power",
      "WAL the primary had and the standby had not | 128 B",
      "seconds without a word from the primary | 2 s",
      "yes: its count of lost events is exact",
      "First write again after: PostgreSQL 2.041 s, Redis 2.041 s",
      "Unprotected since: 2026-11-23T10:00:01.951Z, until a standby streams again",
      "Next command: understudy rejoin host-a",
    ]) {
      expect(text).to.include(line);
    }
    const document = unplannedEvidence();
    document.unplanned!.lossBound.timescaledb = { primaryLsn: null, receivedLsn: null, bytes: null, heardAt: null };
    expect(sectionText(document, "unplanned")).to.include("WAL the primary had and the standby had not | unknown");
    expect(reportOf(plannedEvidence()).sections.map(({ id }) => id)).not.to.include("unplanned");
  });

  it("counts from its own beginning where it adopted a probe that had been standing for an hour", () => {
    const [hour, fresh] = [3_600_000, 20_000].map((aheadMs) => textOf(adoptedEvidence(aheadMs)));
    expect(hour!.replaceAll(/[0-9a-f]{64}/g, "")).to.equal(fresh!.replaceAll(/[0-9a-f]{64}/g, ""));
    expect(sectionText(adoptedEvidence(3_600_000), "fences")).to.include("at 1.8798 s");
    expect(sectionText(adoptedEvidence(3_600_000), "timeline")).to.match(
      /PostgreSQL: 4\.\d+ s without an acknowledged write, from -2\.\d+ s to /,
    );
  });

  it("tells a refusal from a failure, and gives the words that would allow it", () => {
    const document = failedEvidence("demote-primary");
    Object.assign(document.steps[2]!.failure!, { refused: true, next: "understudy failover --accept-unfenced" });
    expect(reportOf(document).headline).to.include({
      badge: "Refused as unsafe",
      next: "understudy failover --accept-unfenced",
    });
    expect(reportOf(document).headline.sentence).to.match(/^The drill refused to go on at demote-primary/);
  });

  it("names a bypassed step", () => {
    const document = unplannedEvidence();
    document.steps[1]!.status = "bypassed";
    expect(sectionText(document, "deviations")).to.include("backup-sync-check was bypassed");
  });
});

describe("the report of evidence that the verifier refuses", () => {
  it("does not say passed, and names the rules", () => {
    const document = swapStory();
    document.postgres.switchPointLsn = "0/3000100";
    expect(reportOf(document).headline).to.include({ badge: "Not accepted", tone: "bad" });
    expect(sectionText(document, "deviations")).to.include(
      "the verifier refuses document.postgres.switchPointLsn=0/3000100",
    );
  });
});

describe("what clients saw", () => {
  it("is said driver by driver: statements, reasons, latency, and which store was not measured", () => {
    const watched = watchedEvidence();
    const words = sectionText(watched, "clients").split("\n");
    expect(words[0]).to.equal(
      "node-postgres 1.2.3 on node 22, direct | 2 | 138 | 128 | 10 | 0 | 0 | off | ECONNREFUSED 10",
    );
    expect(words[1]).to.equal("node-redis 1.2.3 on node 22, direct | 2 | 138 | 138 | 0 | 0 | 0 | off | -");
    expect(words).to.include("node-redis | 1.0 ms | 1.5 ms | 1.5 ms | 1.0 ms | 1.5 ms | 1.5 ms");
    expect(words.at(-1)).to.equal("psycopg2: not tried: python3-psycopg2 is not installed");
    watched.clients!.loads.pop();
    expect(sectionText(watched, "clients")).to.include("Redis: not measured.");
    expect(sectionText(watched, "timeline")).to.match(/node-postgres \| 10 \| 1\.8\d{3} s \| 1\.9\d{3} s/);
  });

  it("is not measured where no load ran, which is not zero", () => {
    expect(sectionText(plannedEvidence(), "clients").split("\n")).to.deep.equal([
      "PostgreSQL: not measured. No driver of it was under load beside this drill.",
      "Redis: not measured. No driver of it was under load beside this drill.",
    ]);
  });
});
