import type { EvidenceDocument, Lag, StepResult, Topology } from "../../evidence/document";
import { durationOfSteps } from "../../evidence/env-values";
import { factsSha256Of } from "../../evidence/facts-digest";
import { STEP_NAMES, type StepName, type StepStatus } from "../../settings/steps";
import { validContinuity } from "./valid-continuity";
import { probedStore } from "./valid-probe";

const BEGAN = Date.parse("2026-11-23T10:00:00.000Z");
const ID = "2026-11-23-a";
const ORIGIN_NS = "81273645000000";
const FROM = "host-a";
const TO = "host-b";

/** When each step of the invented drill ran, in milliseconds after the drill began. */
const TIMES: Readonly<Record<StepName, readonly [number, number]>> = {
  precheck: [0.25, 1000.5],
  "backup-sync-check": [1030, 1400],
  "demote-primary": [1425.5, 1900],
  "promote-standby": [1925.25, 2100],
  verify: [2130, 4000.125],
};

const MARKS: Readonly<Record<StepName, StepResult["marks"]>> = {
  precheck: [{ name: "probe writes", host: null, atMs: 900 }],
  "backup-sync-check": [],
  "demote-primary": [{ name: "sealed", host: FROM, atMs: 1880 }],
  "promote-standby": [
    { name: "promote-redis", host: TO, atMs: 1950 },
    { name: "promote-timescaledb", host: TO, atMs: 1951 },
  ],
  verify: [],
};

/** Wall-clock text of a moment of the invented drill. */
export function timestampAt(atMs: number): string {
  return new Date(BEGAN + atMs).toISOString();
}

function step(name: StepName, status: StepStatus): StepResult {
  const [startedAtMs, finishedAtMs] = TIMES[name];
  const ran = status === "passed" || status === "simulated";
  return {
    step: name,
    drillId: ID,
    status,
    startedAt: timestampAt(startedAtMs),
    finishedAt: timestampAt(finishedAtMs),
    originNs: ORIGIN_NS,
    startedAtMs,
    finishedAtMs,
    checks: ran ? [{ name: `${name} limit`, host: TO, measured: 3, limit: 5, ok: true }] : [],
    marks: status === "passed" ? structuredClone(MARKS[name]) : [],
    failure:
      status === "failed"
        ? { reason: `${name} could not be done`, host: FROM, next: "understudy status", undone: null }
        : null,
    factsSha256: null,
  };
}

function topology(readAtMs: number, primary: string): Topology {
  const role = (host: string): "primary" | "standby" => (host === primary ? "primary" : "standby");
  const hosts = [FROM, TO].map((host) => ({
    host,
    declaredRole: host === TO ? ("primary" as const) : null,
    timescaledb: { state: "observed" as const, role: role(host), detail: { timeline: 1 } },
    redis: { state: "observed" as const, role: role(host), detail: { offset: 4711 } },
  }));
  return { readAt: timestampAt(readAtMs), hosts };
}

const LAG: Lag = {
  timescaledb: { events: 0, receiveBytes: 0, replayBytes: 128, replaySeconds: 0.002 },
  redis: { events: 0, bytes: 14, linkUp: true },
};

/** Writes anew the digest that ties the sections to the last step that ran: what a run does when the step ends. */
export function record(document: EvidenceDocument): EvidenceDocument {
  const last = document.steps.findLast((one) => one.status !== "skipped");
  if (last) last.factsSha256 = factsSha256Of(document);
  return document;
}

/** A planned drill from host-a to host-b in which everything held. */
export function plannedEvidence(): EvidenceDocument {
  const steps = STEP_NAMES.map((name) => step(name, "passed"));
  const story = { endpoints: [FROM, TO], startMs: 500, endMs: 3500, everyMs: 140 } as const;
  const probe = {
    intervalMs: 140,
    startedAtMs: 500,
    finishedAtMs: 3500,
    timescaledb: probedStore({ ...story, closedAtMs: 1850, openedAtMs: 1990 }),
    redis: probedStore({ ...story, closedAtMs: 1944, openedAtMs: 1960 }),
  };
  return record({
    version: 1,
    drill: {
      id: ID,
      nonce: "gate-7",
      mode: "execute",
      kind: "planned",
      environment: "lab",
      fromHost: FROM,
      toHost: TO,
      startedAt: timestampAt(TIMES.precheck[0]),
      finishedAt: timestampAt(TIMES.verify[1]),
      durationMs: durationOfSteps(steps) ?? 0,
    },
    success: true,
    failedStep: null,
    steps,
    topology: { before: topology(300, FROM), after: topology(3900, TO) },
    lagBefore: structuredClone(LAG),
    fences: [
      { host: FROM, store: "timescaledb", method: "clean-shutdown", provedAtMs: 1880, detail: "shut down" },
      { host: FROM, store: "redis", method: "writes-paused", provedAtMs: 1945, detail: "offset 4711" },
    ],
    unplanned: null,
    postgres: {
      seal: {
        systemIdentifier: "7300000000000000001",
        timeline: 1,
        checkpointLsn: "0/3000028",
        endLsn: "0/30000A0",
        clusterState: "shut down",
      },
      receivedLsn: "0/30000A0",
      replayedLsn: "0/30000A0",
      newTimeline: 2,
      switchPointLsn: "0/30000A0",
      rewound: false,
    },
    redis: {
      replicationId: "8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb",
      sealedOffset: 4711,
      replicaOffset: 4711,
      fullSyncs: 0,
      partialSyncs: 1,
      contentCompared: { journalEntries: 40, sampledKeys: 12, differing: 0 },
    },
    probe,
    continuity: validContinuity(probe),
    services: [{ host: TO, service: "timescaledb", image: "timescaledb:lab", standIn: "PostgreSQL 15" }],
    objectives: { maxFailoverSeconds: 60, maxDataLagEvents: 0 },
    versions: { postgres: "15.8" },
  });
}

/** A drill in which host-a was gone and turned off: two acknowledged rows were lost, the service came back. */
export function unplannedEvidence(): EvidenceDocument {
  const document = plannedEvidence();
  const story = { endpoints: [FROM, TO], startMs: 500, endMs: 3500, everyMs: 140 } as const;
  const gone = { state: "unknown" as const, reason: "host-a does not answer" };
  document.drill.kind = "unplanned";
  delete document.continuity;
  document.failedStep = "demote-primary";
  document.steps[2] = step("demote-primary", "failed");
  for (const when of ["before", "after"] as const) {
    const host = document.topology[when]?.hosts[0];
    if (host) Object.assign(host, { timescaledb: gone, redis: gone });
  }
  document.fences = [
    { host: FROM, store: "timescaledb", method: "fence-command", provedAtMs: 1880, detail: "off, twice" },
    { host: FROM, store: "redis", method: "fence-command", provedAtMs: 1880, detail: "off, twice" },
  ];
  document.unplanned = {
    signals: [
      { observer: "operator", store: "timescaledb", gone: true, atMs: 210, detail: "no answer within 1000 ms" },
      { observer: "operator", store: "redis", gone: true, atMs: 211, detail: "no answer within 1000 ms" },
      { observer: "standby", store: "timescaledb", gone: true, atMs: 230, detail: "it does not stream" },
      { observer: "standby", store: "redis", gone: true, atMs: 231, detail: "its link is down" },
    ],
    acceptedUnfenced: null,
    lossBound: {
      timescaledb: { primaryLsn: "0/3000180", receivedLsn: "0/3000100", bytes: 128, heardAt: timestampAt(100) },
      redis: { receivedOffset: 4711, secondsSilent: 2 },
    },
    probeSawFailure: true,
    recoveryMs: { timescaledb: 2041.125, redis: 2041.125 },
    unprotectedSince: timestampAt(1951),
  };
  document.postgres = {
    seal: null,
    receivedLsn: "0/3000100",
    replayedLsn: "0/3000100",
    newTimeline: 2,
    switchPointLsn: "0/3000100",
    rewound: null,
  };
  document.redis = {
    ...document.redis,
    sealedOffset: null,
    fullSyncs: null,
    partialSyncs: null,
    contentCompared: null,
  };
  document.probe = {
    intervalMs: 140,
    startedAtMs: 500,
    finishedAtMs: 3500,
    timescaledb: probedStore({ ...story, closedAtMs: 1650, openedAtMs: 1990, silentEnd: true, lost: [8, 9] }),
    redis: probedStore({ ...story, closedAtMs: 1650, openedAtMs: 1960, silentEnd: true }),
  };
  document.objectives.maxDataLagEvents = 5;
  return record(document);
}

/** A dry run that found nothing in the way. */
export function dryRunEvidence(): EvidenceDocument {
  const document = plannedEvidence();
  document.drill.mode = "dry-run";
  document.steps = STEP_NAMES.map((name) => ({
    ...step(name, "simulated"),
    startedAtMs: 0.25,
    startedAt: timestampAt(0),
  }));
  document.topology.after = null;
  document.fences = [];
  document.postgres = {
    seal: null,
    receivedLsn: null,
    replayedLsn: null,
    newTimeline: null,
    switchPointLsn: null,
    rewound: null,
  };
  document.redis = {
    ...document.redis,
    sealedOffset: null,
    replicaOffset: null,
    fullSyncs: null,
    partialSyncs: null,
    contentCompared: null,
  };
  document.probe = null;
  delete document.continuity;
  return record(document);
}

/** A planned drill that failed at one step: the later ones are skipped, and what they would have found is not known. */
export function failedEvidence(failedStep: StepName): EvidenceDocument {
  const document = plannedEvidence();
  const at = STEP_NAMES.indexOf(failedStep);
  document.success = false;
  document.failedStep = failedStep;
  document.steps = STEP_NAMES.map((name, index) =>
    step(name, index < at ? "passed" : index === at ? "failed" : "skipped"),
  );
  if (at < 4) document.topology.after = null;
  if (at < 3) {
    document.fences = [];
    document.postgres = { ...dryRunEvidence().postgres };
    document.redis = { ...dryRunEvidence().redis };
  }
  if (at < 2) document.probe = null;
  if (at < 4) delete document.continuity;
  return record(document);
}
