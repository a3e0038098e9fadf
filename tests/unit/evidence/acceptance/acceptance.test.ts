import { expect } from "chai";
import type { EvidenceDocument } from "../../../../evidence/document";
import { acceptanceOf, renderAcceptance } from "../../../../evidence/acceptance/render-acceptance";
import { healthReport } from "../../../../evidence/acceptance/health-report";
import { requirementsOffer } from "../../../../evidence/acceptance/requirements-verdict";
import type { Offered } from "../../../../evidence/acceptance/scenario";
import { SCENARIOS } from "../../../../evidence/acceptance/scenarios";
import { SERVICE_NAMES } from "../../../../settings/services";
import { lossStory, swapStory } from "../../../support/drill-story";
import { furtherEvidence } from "../../../support/further-services";
import { judgedDocument } from "../../../support/judged-document";
import { storesOnlyDryRun, storesOnlyEvidence, storesOnlyFailover } from "../../../support/stores-only-cases";
import { dryRunEvidence, failedEvidence } from "../../../support/valid-evidence";

/** The same drill the other way round, an hour later. */
function back(document: EvidenceDocument): EvidenceDocument {
  const other: Readonly<Record<string, string>> = { "host-a": "host-b", "host-b": "host-a" };
  const text = JSON.stringify(document)
    .replaceAll(/host-[ab]/g, (host) => other[host] ?? host)
    .replaceAll(/2026-11-23T(09|10):/g, (_time, hour) => `2026-11-23T${Number(hour) + 1}:`)
    .replaceAll('"2026-11-23-a"', '"2026-11-23-b"');
  return JSON.parse(text) as EvidenceDocument;
}

function undone(): EvidenceDocument {
  const document = failedEvidence("demote-primary");
  document.steps[2]!.failure!.undone = "PostgreSQL on host-a is primary again";
  return document;
}

/** A dry run while replication stood still: its own lag check stops it. */
function lagging(): EvidenceDocument {
  const document = dryRunEvidence();
  document.lagBefore!.timescaledb.events = 4000;
  document.success = false;
  document.failedStep = "backup-sync-check";
  document.steps = document.steps.map((step, index) => ({
    ...step,
    status: index < 1 ? "simulated" : index === 1 ? "failed" : "skipped",
  }));
  document.steps[1]!.failure = {
    reason: "timescaledb lag, events: 4000",
    host: "host-b",
    next: "understudy status",
    undone: null,
  };
  document.steps[1]!.checks = [
    { name: "timescaledb lag, events", host: "host-b", measured: 4000, limit: 50, ok: false },
  ];
  return document;
}

const AFTER_ALL = "2026-11-23T12:00:00.000Z";

function health(
  hosts: readonly string[],
  status = "healthy",
  readAt = AFTER_ALL,
  services: readonly string[] = SERVICE_NAMES,
): Offered["health"][number] {
  const entries = hosts.flatMap((host) =>
    services.map((service) => ({ host, role: "primary", service, status, reason: "more", readAt })),
  );
  return healthReport(JSON.stringify(entries), `health-${hosts.length}.json`);
}

/** A verdict on the requirements with so many findings. */
function requirements(findings = 0): Offered["requirements"][number] {
  const verdict = findings === 0 ? "accepted" : "refused";
  const mapping = Array(findings).fill({ rule: "missing-path" });
  return requirementsOffer(
    JSON.stringify({ verdict, requirements: 70, open: [{ id: "X-1" }], filesRead: 9, mapping, language: [] }),
    "r.json",
  );
}

const offer = (
  documents: readonly EvidenceDocument[],
  reports: Offered["health"] = [],
  verdicts: Offered["requirements"] = [],
): Offered => ({ drills: documents.map(judgedDocument), health: reports, requirements: verdicts });

/** Ids of the scenarios that are shown. */
const shown = (offered: Offered): string[] =>
  acceptanceOf(offered)
    .rows.filter(({ exhibits }) => exhibits.length > 0)
    .map(({ scenario }) => scenario.id);

describe("the acceptance scenarios", () => {
  const cases: readonly (readonly [string, Offered, readonly string[]])[] = [
    ["nothing", offer([]), []],
    ["a planned swap", offer([swapStory()]), ["planned-swap-zero-loss"]],
    [
      "a swap and the way back, in any order",
      offer([back(swapStory()), swapStory()]),
      ["planned-swap-zero-loss", "swap-back"],
    ],
    ["the same swap twice", offer([swapStory(), swapStory()]), ["planned-swap-zero-loss"]],
    ["a dry run", offer([dryRunEvidence()]), ["dry-run-changes-nothing"]],
    ["drills of the two stores only", offer([storesOnlyEvidence(), storesOnlyFailover(), storesOnlyDryRun()]), []],
    ["the loss of the primary", offer([lossStory()]), ["primary-unavailable"]],
    [
      "the loss, and the return",
      offer([lossStory(), back(swapStory())]),
      ["planned-swap-zero-loss", "primary-unavailable", "return-after-loss"],
    ],
    ["a standby too far behind", offer([lagging()]), ["lag-over-threshold"]],
    ["a drill that must not begin", offer([failedEvidence("precheck")]), ["stopped-untouched"]],
    ["a cut that was undone", offer([undone()]), ["failed-cut-undone"]],
    ["a cut that failed and undid nothing", offer([failedEvidence("demote-primary")]), []],
    [
      "two healthy hosts after a swap",
      offer([swapStory()], [health(["host-a", "host-b"])]),
      ["planned-swap-zero-loss", "health-on-both-hosts"],
    ],
    [
      "two hosts of which nobody says how Redis is",
      offer([swapStory()], [health(["host-a", "host-b"], "healthy", AFTER_ALL, SERVICE_NAMES.slice(1))]),
      ["planned-swap-zero-loss"],
    ],
    [
      "two hosts of which nobody says how a service is that the drill declares",
      offer([furtherEvidence()], [health(["host-a", "host-b"])]),
      ["planned-swap-zero-loss"],
    ],
    [
      "two hosts on which that is healthy, too",
      offer([furtherEvidence()], [health(["host-a", "host-b"], "healthy", AFTER_ALL, [...SERVICE_NAMES, "mailbox"])]),
      ["planned-swap-zero-loss", "health-on-both-hosts"],
    ],
    ["two healthy hosts without a drill", offer([], [health(["host-a", "host-b"])]), []],
    [
      "two hosts that were healthy before the swap",
      offer([swapStory()], [health(["host-a", "host-b"], "healthy", "2026-11-23T09:00:00.000Z")]),
      ["planned-swap-zero-loss"],
    ],
    ["one healthy host", offer([], [health(["host-a"])]), ["single-host"]],
    ["requirements that are mapped", offer([], [], [requirements()]), ["requirements-mapped"]],
    ["requirements with a finding", offer([], [], [requirements(), requirements(1)]), []],
    [
      "hosts that are not known to be healthy",
      offer([], [health(["host-a", "host-b"], "unknown"), health(["host-a"], "unhealthy")]),
      [],
    ],
  ];
  for (const [what, offered, ids] of cases) {
    it(`${what} shows ${ids.length === 0 ? "none" : ids.join(", ")}`, () => {
      expect(shown(offered)).to.deep.equal(ids);
    });
  }

  it("takes no evidence that the verifier refuses for something else", () => {
    const forged = swapStory();
    forged.postgres.switchPointLsn = "0/3000100";
    const failed = failedEvidence("precheck");
    failed.steps[1]!.status = "passed";
    expect(shown(offer([forged, failed]))).to.deep.equal([]);
  });

  it("does not take a swap with a loss within its objective for one without", () => {
    const document = swapStory();
    document.objectives.maxDataLagEvents = 5;
    expect(shown(offer([document]))).to.deep.equal(["planned-swap-zero-loss"]);
    const { drills } = offer([document]);
    const lossy = structuredClone(drills[0]!);
    lossy.document.probe!.redis.counts.lost = 2;
    expect(shown({ drills: [lossy], health: [], requirements: [] })).to.deep.equal([]);
  });

  it("are complete only when each is shown", () => {
    const all = offer(
      [swapStory(), back(swapStory()), dryRunEvidence(), lossStory(), lagging(), failedEvidence("precheck"), undone()],
      [health(["host-a", "host-b"]), health(["host-a"])],
      [requirements()],
    );
    expect(acceptanceOf(all)).to.include({ complete: true, shown: SCENARIOS.length });
    expect(acceptanceOf({ ...all, drills: all.drills.slice(1) }).complete).to.equal(false);
  });

  it("are not shown by a health report of the future", () => {
    const report = health(["host-a"]);
    const shownAt = (moment: number): number => acceptanceOf(offer([], [report]), SCENARIOS, new Date(moment)).shown;
    expect(shownAt(Date.parse(report.readAt) + 1000)).to.equal(1);
    expect(shownAt(Date.parse(report.readAt) - 600_000)).to.equal(0);
  });
});

describe("the acceptance document", () => {
  const swap = judgedDocument(swapStory());
  const text = renderAcceptance(acceptanceOf({ drills: [swap], health: [], requirements: [] }), "2026-11-24");

  it("has a row for each scenario, with the verdict and sha256 of its evidence", () => {
    for (const { sentence, id } of SCENARIOS) expect(text).to.include(`| ${sentence} (${id}) |`);
    expect(text).to.match(
      new RegExp(
        `\\(planned-swap-zero-loss\\) \\| shown \\| \`test\\.env\` \\| accepted \\| .*0 lost.* \\| \`${swap.sha256}\` \\|`,
      ),
    );
  });

  it("says not shown where there is no evidence, and how to get it", () => {
    expect(text.match(/not shown \| - \| - \| - \| - \|/g)).to.have.length(SCENARIOS.length - 1);
    expect(text).to.include(`**Not accepted.** 1 of ${SCENARIOS.length} scenarios`);
    expect(text).to.include("- primary-unavailable: an unplanned drill");
  });

  it("lists everything that was offered, and what the verifier has against it", () => {
    const offered = renderAcceptance(acceptanceOf(offer([failedEvidence("verify")])), "2026-11-24");
    expect(offered).to.match(/The drill failed at verify .*\| refused: drill-succeeded/);
  });
});

describe("a verdict on requirements", () => {
  it("is refused when it is something else", () => {
    for (const text of ["", "{}", '{"verdict":"accepted"}'])
      expect(() => requirementsOffer(text, "x"), text).to.throw();
  });
});

describe("a health report", () => {
  it("is refused when it is something else", () => {
    const undated = '[{"host":"host-a","role":"primary","service":"redis","status":"healthy"}]';
    for (const text of ["", "{}", "[]", '[{"host":"host-a"}]', undated])
      expect(() => healthReport(text, "x"), text).to.throw();
  });
});
