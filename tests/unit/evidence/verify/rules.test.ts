import { expect } from "chai";
import type { EvidenceDocument } from "../../../../evidence/document";
import { canonicalJson } from "../../../../evidence/canonical-json";
import { FORM_RULES, RULES } from "../../../../evidence/verify/rules";
import { verifyEvidence } from "../../../../evidence/verify/verify-evidence";
import { STEP_NAMES } from "../../../../settings/steps";
import { EXPECTATIONS, forgedEnv, judge, readingOf, rulesNamed } from "../../../support/judge-evidence";
import {
  broken,
  fenceOf,
  observed,
  probed,
  recount,
  stepAt,
  unexpected,
  type NegativeCase,
} from "../../../support/negative-case";
import { CLIENT_CASES, watchedEvidence } from "../../../support/client-cases";
import { HOOK_CASES, hookedEvidence, hookedFailover } from "../../../support/hook-cases";
import { CONTINUITY_CASES } from "../../../support/continuity-cases";
import { FINDING_CASES, knowinglyLostEvidence } from "../../../support/finding-cases";
import { FORM_CASES } from "../../../support/form-cases";
import { furtherEvidence, FURTHER_SERVICES_CASES, furtherUnplannedEvidence } from "../../../support/further-services";
import {
  continuedFromBackupEvidence,
  nothingBackedUpEvidence,
  ownDataNewerEvidence,
  UNPLANNED_DATA_CASES,
} from "../../../support/unplanned-data";
import {
  STORES_ONLY_CASES,
  storesOnlyDryRun,
  storesOnlyEvidence,
  storesOnlyFailover,
} from "../../../support/stores-only-cases";
import { UNPLANNED_CASES } from "../../../support/unplanned-cases";
import {
  dryRunEvidence,
  failedEvidence,
  plannedEvidence,
  record,
  timestampAt,
  unplannedEvidence,
} from "../../../support/valid-evidence";

import {
  acceptedUnfencedEvidence,
  stoppedByEngineEvidence,
  stoppedThroughStandbyEvidence,
  stoppedUnservedEvidence,
  unseenFailureEvidence,
} from "../../../support/valid-unplanned";

const NOW = new Date(timestampAt(10_000));

/** A drill that failed in the cut: host-a was fenced, then put back to work, and took every write that came after. */
function undoneEvidence(): EvidenceDocument {
  const document = failedEvidence("promote-standby");
  stepAt(document, 3).failure!.undone = "host-a is primary again";
  for (const store of ["timescaledb", "redis"] as const) {
    const { samples } = probed(document, store);
    samples.endpoint = samples.endpoint.map(() => 0);
    recount(probed(document, store));
  }
  return record(document);
}

const CASES: readonly NegativeCase[] = [
  ...FORM_CASES,
  ...FINDING_CASES,
  ...CLIENT_CASES,
  ...HOOK_CASES,
  ...CONTINUITY_CASES,
  ...FURTHER_SERVICES_CASES,
  unexpected("drill-succeeded", "the drill failed", {}, () => failedEvidence("promote-standby")),
  broken("success-without-failure", "a failed step is called success", (document) => {
    Object.assign(document, failedEvidence("verify"), { success: true });
  }),
  broken(
    "success-without-failure",
    "in an unplanned drill verify failed",
    (d) => (stepAt(d, 4).status = "failed"),
    unplannedEvidence,
  ),
  broken("nothing-unknown", "there was no probe", (document) => (document.probe = null)),
  broken("nothing-unknown", "lag before the drill is unknown", (document) => (document.lagBefore = null)),
  broken("nothing-unknown", "a dry run could not read the lag", (d) => (d.lagBefore = null), dryRunEvidence, {
    mode: "dry-run",
  }),
  broken("nothing-unknown", "there is no seal", (document) => (document.postgres.seal = null)),
  broken("standby-was-following", "the link was down", (document) => {
    if (document.lagBefore) document.lagBefore.redis.linkUp = false;
  }),
  broken("objectives-met", "its own objective was missed", (document) => (document.objectives.maxFailoverSeconds = 2)),
  broken(
    "objectives-met",
    "it lost more than its objective",
    (d) => (d.objectives.maxDataLagEvents = 1),
    unplannedEvidence,
  ),
  broken("steps-in-order", "two steps changed places", (document) => void document.steps.reverse()),
  broken("steps-in-order", "a step is there twice", (document) => void document.steps.push(stepAt(document, 4))),
  broken("status-fits-mode", "a live drill has a simulated step", (d) => (stepAt(d, 3).status = "simulated")),
  broken(
    "status-fits-mode",
    "a dry run has a step that passed",
    (d) => (stepAt(d, 3).status = "passed"),
    dryRunEvidence,
    { mode: "dry-run" },
  ),
  broken("status-fits-mode", "a planned drill bypassed a step", (d) => (stepAt(d, 1).status = "bypassed")),
  broken(
    "status-fits-mode",
    "an unplanned drill bypassed promotion",
    (d) => (stepAt(d, 3).status = "bypassed"),
    unplannedEvidence,
  ),
  broken(
    "failed-step-named",
    "the failed step is not named",
    (d) => (d.failedStep = null),
    () => failedEvidence("verify"),
  ),
  broken(
    "failed-step-named",
    "another step is named",
    (d) => (d.failedStep = "verify"),
    () => failedEvidence("precheck"),
  ),
  broken("failed-step-named", "a failure without a failed step", (document) => (document.success = false)),
  broken(
    "skipped-after-failure",
    "a step ran after one had failed",
    (d) => (stepAt(d, 4).status = "passed"),
    () => failedEvidence("demote-primary"),
  ),
  broken("skipped-after-failure", "a step was skipped after none had failed", (d) => (stepAt(d, 4).status = "skipped")),
  broken(
    "skipped-after-failure",
    "promotion skipped, verification not",
    (d) => (stepAt(d, 3).status = "skipped"),
    unplannedEvidence,
  ),
  broken(
    "failure-has-reason",
    "a failed step without a reason",
    (d) => (stepAt(d, 4).failure = null),
    () => failedEvidence("verify"),
  ),
  broken("failure-has-reason", "a reason at a step that passed", (document) => {
    stepAt(document, 0).failure = { reason: "odd", host: null, next: "understudy status", undone: null };
  }),
  broken("checks-hold", "a check of a passed step did not hold", (document) => {
    stepAt(document, 1).checks[0] = { name: "lag", host: null, measured: 9, limit: 5, ok: false };
  }),
  broken("checks-hold", "a check held about something unknown", (document) => {
    stepAt(document, 1).checks[0] = { name: "lag", host: null, measured: null, limit: 5, ok: true };
  }),
  broken("checks-hold", "a step passed without a check", (document) => (stepAt(document, 1).checks = [])),
  broken("step-times", "a step began before the one before it ended", (d) => (stepAt(d, 2).startedAtMs = 1399)),
  broken("step-times", "a step ended before it began", (d) => (stepAt(d, 2).finishedAtMs = 1425)),
  broken("marks-inside-step", "a mark lies outside its step", (document) => {
    stepAt(document, 2).marks[0] = { name: "sealed", host: "host-a", atMs: 1901 };
  }),
  broken("duration-recomputed", "the duration is not the steps'", (document) => (document.drill.durationMs -= 100)),
  broken(
    "clocks-agree",
    "the wall clock tells of another day",
    (d) => (stepAt(d, 2).startedAt = "2026-11-24T10:00:01.425Z"),
  ),
  broken("clocks-agree", "the drill ended later than it took", (d) => (d.drill.finishedAt = timestampAt(6000))),
  broken("hosts-differ", "the roles go nowhere", (document) => (document.drill.toHost = "host-a")),
  broken("topology-before", "the new host was primary already", (d) => observed(d, "before", 1, "redis", "primary")),
  broken("topology-before", "nobody looked", (document) => (document.topology.before = null)),
  broken("topology-before", "only one host was read", (document) => void document.topology.before?.hosts.pop()),
  broken(
    "topology-before",
    "a dry run saw the roles reversed",
    (d) => observed(d, "before", 0, "timescaledb", "standby"),
    dryRunEvidence,
    { mode: "dry-run" },
  ),
  broken("topology-after", "both hosts are primary", (d) => observed(d, "after", 0, "timescaledb", "primary")),
  broken("topology-after", "nobody is primary", (d) => observed(d, "after", 1, "redis", "standby")),
  broken("topology-after", "the old host is unknown", (document) => {
    const host = document.topology.after?.hosts[0];
    if (host) host.redis = { state: "unknown", reason: "no answer" };
  }),
  broken(
    "topology-after",
    "unplanned, the old host came back as primary",
    (d) => observed(d, "after", 0, "redis", "primary"),
    unplannedEvidence,
  ),
  broken("topology-after", "nobody looked", (document) => (document.topology.after = null)),
  broken("topology-read-in-drill", "the hosts were read the day before", (document) => {
    if (document.topology.before) document.topology.before.readAt = "2026-11-22T10:00:00.000Z";
  }),
  broken("topology-read-in-drill", "the roles after were read before promotion", (document) => {
    if (document.topology.after) document.topology.after.readAt = timestampAt(200);
  }),
  broken("kind-fits-hosts", "a planned drill is called unplanned", (document) => (document.drill.kind = "unplanned")),
  broken("promotion-marked", "promotion has no mark", (document) => void stepAt(document, 3).marks.pop()),
  broken("promotion-marked", "the old host was promoted", (document) => {
    stepAt(document, 3).marks[0] = { name: "promote-redis", host: "host-a", atMs: 1950 };
  }),
  broken(
    "fenced-before-promotion",
    "the fence came after promotion began",
    (d) => (fenceOf(d, "redis").provedAtMs = 1950.5),
  ),
  broken("fenced-before-promotion", "a store has no fence", (document) => void document.fences.pop()),
  broken("fence-in-drill", "the wrong host was fenced", (d) => (fenceOf(d, "redis").host = "host-b")),
  broken(
    "fence-in-drill",
    "the fence is older than the drill's cut",
    (d) => (fenceOf(d, "timescaledb").provedAtMs = 2),
  ),
  broken(
    "fence-in-drill",
    "a store has two fences",
    (d) => void d.fences.push({ ...fenceOf(d, "redis"), provedAtMs: 1946 }),
  ),
  broken("fence-method", "a planned drill went on unfenced", (d) => (fenceOf(d, "redis").method = "accepted-unfenced")),
  broken("fence-method", "PostgreSQL was not stopped", (d) => (fenceOf(d, "timescaledb").method = "writes-paused")),
  broken("fence-method", "unfenced without words", (d) => (fenceOf(d, "redis").detail = " "), acceptedUnfencedEvidence),
  broken(
    "bypass-accepted",
    "demotion bypassed without acceptance",
    (document) => {
      Object.assign(stepAt(document, 2), { status: "bypassed", failure: null });
      document.failedStep = null;
    },
    unplannedEvidence,
  ),
  broken("seal-after-checkpoint", "the start of the record is sealed", (document) => {
    if (document.postgres.seal) document.postgres.seal.checkpointLsn = document.postgres.seal.endLsn;
  }),
  broken("seal-after-checkpoint", "the seal lies far beyond the record", (document) => {
    if (document.postgres.seal) document.postgres.seal.checkpointLsn = "0/0";
  }),
  broken("received-to-seal", "one record was not received", (d) => (d.postgres.receivedLsn = "0/3000028")),
  broken("received-to-seal", "one record was not replayed", (d) => (d.postgres.replayedLsn = "0/3000028")),
  broken("received-to-seal", "what was received is unknown", (d) => (d.postgres.receivedLsn = null)),
  broken(
    "replayed-within-timeline",
    "more was replayed than the timeline has",
    (d) => (d.postgres.replayedLsn = "0/4000000"),
  ),
  broken("timeline-follows", "the timeline skips one", (document) => (document.postgres.newTimeline = 3)),
  broken("timeline-follows", "there was no promotion", (document) => (document.postgres.newTimeline = 1)),
  broken("switch-point-at-seal", "the new timeline begins elsewhere", (d) => (d.postgres.switchPointLsn = "0/30000A8")),
  broken("no-rewind", "the old primary was rewound", (document) => (document.postgres.rewound = true)),
  broken("stop-within-bound", "the stop took longer than its bound", (document) => {
    document.postgres.stop = { sessionsEnded: 3, boundMs: 10_000, tookMs: 10_000.1 };
  }),
  broken("stop-within-bound", "nobody knows when the server ended", (document) => {
    document.postgres.stop = { sessionsEnded: 3, boundMs: 10_000, tookMs: null };
  }),
  broken("stop-within-bound", "the server was ended at once", (document) => {
    document.postgres.stop = { sessionsEnded: 3, boundMs: 10_000, tookMs: 26, recoveryMs: 1200 };
  }),
  broken("redis-offsets-equal", "the replica was behind", (document) => (document.redis.replicaOffset = 4710)),
  broken("redis-no-full-sync", "there was a full synchronisation", (document) => (document.redis.fullSyncs = 1)),
  broken("redis-contents-equal", "a key differs", (document) => {
    if (document.redis.contentCompared) document.redis.contentCompared.differing = 1;
  }),
  broken("redis-contents-equal", "nothing was compared", (document) => (document.redis.contentCompared = null)),
  broken("redis-contents-equal", "an empty journal was compared", (document) => {
    if (document.redis.contentCompared) document.redis.contentCompared.journalEntries = 0;
  }),
  broken("samples-sound", "a sample has no time", (document) => void probed(document, "redis").samples.endMs.pop()),
  broken("samples-sound", "a number was used twice", (document) => {
    const store = probed(document, "redis");
    store.samples.seq[1] = 1;
    store.found = [[1, 1], ...(store.found ?? []).map(([, last]): [number, number] => [3, last])];
    recount(store);
  }),
  broken("samples-give-figures", "the gap is not the samples'", (d) => (probed(d, "timescaledb").longestGapMs = 1)),
  broken("samples-give-figures", "a loss is not counted", (document) => {
    probed(document, "timescaledb").found = [[2, 40]];
  }),
  broken("probe-covers-cut", "the probe began inside the cut", (document) => {
    if (document.probe) document.probe.startedAtMs = 1426;
  }),
  broken("probe-covers-cut", "the probe ended inside the cut", (document) => {
    if (document.probe) document.probe.finishedAtMs = 2099;
  }),
  broken("probe-inside-drill", "the probe ran on after the drill", (document) => {
    if (document.probe) document.probe.finishedAtMs = 9000;
  }),
  broken("writes-both-sides", "nothing was acknowledged after promotion", (document) => {
    const store = probed(document, "redis");
    store.samples.outcome = store.samples.outcome.map((outcome, index) =>
      store.samples.endpoint[index] === 1 ? "i" : outcome,
    );
    recount(store);
  }),
  broken("writes-both-sides", "nothing was acknowledged before the cut", (document) => {
    const store = probed(document, "timescaledb");
    store.samples.outcome = store.samples.outcome.map((outcome, index) =>
      store.samples.endpoint[index] === 0 ? "i" : outcome,
    );
    recount(store);
  }),
  broken(
    "endpoints-are-hosts",
    "an endpoint is no host of the pair",
    (d) => (probed(d, "redis").endpoints[0] = "host-c"),
  ),
  broken("single-writer", "the old primary acknowledged a write after its fence", (document) => {
    const { samples } = probed(document, "redis");
    samples.endpoint[samples.endpoint.length - 1] = 0;
  }),
  broken(
    "single-writer",
    "a drill failed in the cut, and its old primary wrote on though nobody says so",
    (document) => {
      Object.assign(document, undoneEvidence());
      stepAt(document, 3).failure!.undone = null;
    },
  ),
  broken("single-writer", "the standby acknowledged a write in a drill that put the old primary back", (document) => {
    Object.assign(document, undoneEvidence());
    const { samples } = probed(document, "redis");
    samples.endpoint[samples.endpoint.length - 1] = 1;
  }),
  broken("nothing-duplicated", "an event is there twice", (document) => {
    const store = probed(document, "redis");
    store.duplicatedSeqs = [3];
    recount(store);
  }),
  broken("no-phantom", "an event is there that was never written", (document) => {
    const store = probed(document, "redis");
    store.found?.push([1000, 1000]);
    recount(store);
  }),
  broken("planned-loses-nothing", "a planned drill lost an event that its objectives allow", (document) => {
    const store = probed(document, "redis");
    store.found = [[2, store.found?.[0]?.[1] ?? 2]];
    recount(store);
    document.objectives.maxDataLagEvents = 5;
  }),
  broken(
    "dry-run-changes-nothing",
    "a dry run fenced a host",
    (d) => (d.fences = plannedEvidence().fences),
    dryRunEvidence,
    { mode: "dry-run" },
  ),
  broken(
    "dry-run-changes-nothing",
    "a dry run wrote events",
    (d) => (d.probe = plannedEvidence().probe),
    dryRunEvidence,
    { mode: "dry-run" },
  ),
  broken(
    "dry-run-changes-nothing",
    "a dry run has a new timeline",
    (d) => (d.postgres.newTimeline = 2),
    dryRunEvidence,
    { mode: "dry-run" },
  ),
  ...UNPLANNED_CASES,
  ...UNPLANNED_DATA_CASES,
  ...STORES_ONLY_CASES,
];

describe("verifier rules", () => {
  it("accept valid evidence: planned, unplanned, dry run", () => {
    expect(judge(plannedEvidence()).verdict).to.equal("accepted");
    for (const evidence of [
      unplannedEvidence,
      stoppedByEngineEvidence,
      stoppedThroughStandbyEvidence,
      stoppedUnservedEvidence,
      acceptedUnfencedEvidence,
      knowinglyLostEvidence,
      continuedFromBackupEvidence,
      nothingBackedUpEvidence,
      ownDataNewerEvidence,
      furtherEvidence,
      furtherUnplannedEvidence,
      watchedEvidence,
    ]) {
      expect(judge(evidence()).verdict, evidence.name).to.equal("accepted");
    }
    expect(judge(dryRunEvidence(), { mode: "dry-run" }).verdict).to.equal("accepted");
  });

  it("accept evidence that tells which way the services' data came, and how often that was tried", () => {
    const document = plannedEvidence();
    for (const { carried } of document.continuity?.services ?? []) {
      if (carried === null) continue;
      const why = "no answer at 10.0.0.1:8012";
      Object.assign(carried, { attempts: 2, keptFiles: 1, route: { way: "through-the-command", why } });
    }
    expect(judge(record(document)).verdict).to.equal("accepted");
  });

  it("accept a drill of the two stores only where it is asked for, and a whole one there too", () => {
    for (const evidence of [storesOnlyEvidence, storesOnlyFailover, plannedEvidence])
      expect(judge(evidence(), { storesOnly: true }).verdict, evidence.name).to.equal("accepted");
    expect(judge(storesOnlyDryRun(), { mode: "dry-run", storesOnly: true }).verdict).to.equal("accepted");
  });

  it("refuse a drill of the two stores only by that alone where nobody asks for it", () => {
    const verdict = judge(storesOnlyEvidence());
    expect(verdict.verdict === "refused" && verdict.violations).to.deep.equal([
      {
        rule: "expected-services",
        key: "document.drill.storesOnly",
        value: "true",
        limit: "absent: a drill of every service, unless --stores-only is asked for",
      },
    ]);
  });

  it("accept the right nonce, a fresh drill, and figures that meet their limits exactly", () => {
    const freshness = { maxAgeSeconds: 6, now: NOW };
    expect(judge(plannedEvidence(), { nonce: "gate-7", freshness, maxFailoverSeconds: 4 }).verdict).to.equal(
      "accepted",
    );
    expect(judge(unplannedEvidence(), { maxDataLagEvents: 2 }).verdict).to.equal("accepted");
  });

  it("accept what ordinary clients saw where it keeps its limit, and older evidence where no limit is given", () => {
    expect(judge(watchedEvidence(), { maxClientErrors: 10 }).verdict).to.equal("accepted");
    expect(judge(plannedEvidence()).verdict).to.equal("accepted");
    expect(judge(dryRunEvidence(), { mode: "dry-run", maxClientErrors: 0 }).verdict).to.equal("accepted");
  });

  it("accept hooks that ran in their time, and a failover's that failed where the fence counts", () => {
    expect(judge(hookedEvidence())).to.deep.include({ verdict: "accepted" });
    expect(judge(hookedFailover(), { maxDataLagEvents: 2 })).to.deep.include({ verdict: "accepted" });
  });

  it("name the store whose clients saw more errors than the limit, or were not measured", () => {
    const told = (document: EvidenceDocument): unknown => {
      const verdict = judge(document, { maxClientErrors: 8 });
      return verdict.verdict === "refused" && verdict.violations;
    };
    const rule = "max-client-errors";
    const limit = "at most 8";
    expect(told(watchedEvidence())).to.deep.equal([
      { rule, key: "document.clients.timescaledb.errors", value: "10", limit },
    ]);
    expect(told(plannedEvidence())).to.deep.equal([
      { rule, key: "document.clients.timescaledb.errors", value: "not measured", limit },
      { rule, key: "document.clients.redis.errors", value: "not measured", limit },
    ]);
  });

  it("find loss and outage unknown, and so no success, where the probe began after the failure", () => {
    const verdict = judge(unseenFailureEvidence(), { maxDataLagEvents: 1e15 });
    const told = verdict.verdict === "refused" ? verdict.violations.map(({ rule, key }) => `${rule} ${key}`) : [];
    expect(told).to.deep.equal([
      "max-outage-seconds FAILOVER_OUTAGE_SECONDS",
      "max-data-lag-events DATA_SYNC_LAG_EVENTS",
      "nothing-unknown FAILOVER_OUTAGE_SECONDS",
      "nothing-unknown DATA_SYNC_LAG_EVENTS",
    ]);
  });

  for (const name of STEP_NAMES) {
    it(`find nothing against honest evidence of a failed ${name} but that it failed`, () => {
      const measured = ["max-outage-seconds", "max-data-lag-events"];
      const named = rulesNamed(judge(failedEvidence(name)));
      expect(named.filter((rule) => !measured.includes(rule))).to.deep.equal(["drill-succeeded"]);
    });
  }

  it("find nothing against an old primary that was fenced and put back to work, but that the drill failed", () => {
    const { fences } = undoneEvidence();
    expect(fences.map(({ store }) => store)).to.deep.equal(["timescaledb", "redis"]);
    const measured = ["max-outage-seconds", "max-data-lag-events"];
    const named = rulesNamed(judge(undoneEvidence()));
    expect(named.filter((rule) => !measured.includes(rule))).to.deep.equal(["drill-succeeded"]);
  });

  for (const { rule, what, verdict } of CASES) {
    it(`${rule}: ${what}`, () => {
      expect(rulesNamed(verdict())).to.include(rule);
    });
  }

  it("have ids of their own, a sentence each, and a negative case each", () => {
    const rules = [...FORM_RULES, ...RULES];
    const ids = rules.map((rule) => rule.id);
    expect(new Set(ids).size).to.equal(ids.length);
    expect(
      rules.filter((rule) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(rule.id) || rule.sentence.length < 20),
    ).to.deep.equal([]);
    const covered = new Set(CASES.map((one) => one.rule));
    expect(ids.filter((id) => !covered.has(id))).to.deep.equal([]);
  });

  it("call a JSON text that is cut off unverifiable, not refused", () => {
    const json = canonicalJson(plannedEvidence()).slice(0, 900);
    expect(verifyEvidence(readingOf(forgedEnv(plannedEvidence()), json), EXPECTATIONS).verdict).to.equal(
      "unverifiable",
    );
  });
});
