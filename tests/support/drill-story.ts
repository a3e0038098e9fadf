import type { Check, EvidenceDocument, Mark } from "../../evidence/document";
import { durationOfSteps } from "../../evidence/env-values";
import { recoveryFigures } from "../../evidence/recovery-figures";
import { SERVICE_NAMES, STORE_NAMES } from "../../settings/services";
import type { StepName } from "../../settings/steps";
import { validContinuity } from "./valid-continuity";
import { plannedEvidence, record, timestampAt, unplannedEvidence } from "./valid-evidence";
import { probedStore } from "./valid-probe";

const [FROM, TO] = ["host-a", "host-b"];
const DIGEST = "sha256:9f2c4be0d0e2f3c1b8f3d3f4a6f1c2b7d6f5e4c3b2a190807060504030201000";

const TIMES: Readonly<Record<StepName, readonly [number, number]>> = {
  precheck: [0.25, 1231.4],
  "backup-sync-check": [1256.1, 1264.3],
  "demote-primary": [1298.2, 1372.5],
  "promote-standby": [1372.9, 1443.1],
  verify: [1483.6, 1885.7],
};

const MARKS: readonly (readonly [StepName, string, string | null, number])[] = [
  ["precheck", "both hosts read", null, 702],
  ["precheck", "probe writes", null, 1225],
  ["demote-primary", "way back prepared", TO, 1309.1],
  ["demote-primary", "checkpoint written", FROM, 1321.7],
  ["demote-primary", "stop begins", FROM, 1328.2],
  ["demote-primary", "sealed", FROM, 1367.2],
  ["demote-primary", "standby at the seal", TO, 1372.1],
  ["promote-standby", "redis writes paused", FROM, 1375.2],
  ["promote-standby", "redis offsets equal", TO, 1377.6],
  ["promote-standby", "promote-redis", TO, 1378.1],
  ["promote-standby", "promote-timescaledb", TO, 1378.4],
  ["promote-standby", "redis promoted", TO, 1381.9],
  ["promote-standby", "timescaledb promoted", TO, 1436.5],
  ["verify", "old primary streams", FROM, 1610.2],
  ["verify", "events read back", TO, 1760.9],
  ["verify", "redis contents compared", null, 1790.3],
];

const PROBE = { endpoints: [FROM, TO], startMs: 980, endMs: 1740, everyMs: 5 } as const;

function check(name: string, host: string | null, measured: Check["measured"], limit: Check["limit"]): Check {
  return { name, host, measured, limit, ok: true };
}

function checksOf(step: StepName): Check[] {
  const healthy = [FROM, TO].flatMap((host) =>
    SERVICE_NAMES.map((service) => check(`${service} healthy`, host, true, true)),
  );
  switch (step) {
    case "precheck":
      return [
        check("drill id is new", null, true, true),
        check("timescaledb role", FROM, "primary", "primary"),
        check("redis follows", TO, "10.91.0.11:6379", "10.91.0.11:6379"),
        ...healthy,
      ];
    case "backup-sync-check":
      return [
        check("timescaledb replay lag, bytes", TO, 128, 1_048_576),
        check("timescaledb lag, events", TO, 0, 5),
        check("redis lag, events", TO, 0, 5),
      ];
    case "demote-primary":
      return [check("timescaledb receive lag, bytes", TO, 0, 1_048_576)];
    case "promote-standby":
      return [
        check("timeline", TO, 2, 2),
        check("switch point equals the final WAL position", TO, "0/30000A0", "0/30000A0"),
      ];
    case "verify":
      return [
        check("old primary streams", FROM, "streaming", "streaming"),
        check("redis full syncs", TO, 0, 0),
        ...healthy,
      ];
  }
}

function marksOf(step: StepName): Mark[] {
  return MARKS.filter(([owner]) => owner === step).map(([, name, host, atMs]) => ({ name, host, atMs }));
}

/** A planned drill as the lab measures one: events every 5 ms, PostgreSQL 117 ms and Redis 10 ms without a write. */
export function swapStory(): EvidenceDocument {
  const document = plannedEvidence();
  document.steps = document.steps.map((step) => {
    const [startedAtMs, finishedAtMs] = TIMES[step.step];
    return {
      ...step,
      startedAtMs,
      finishedAtMs,
      startedAt: timestampAt(startedAtMs),
      finishedAt: timestampAt(finishedAtMs),
      checks: checksOf(step.step),
      marks: marksOf(step.step),
    };
  });
  document.drill.finishedAt = timestampAt(TIMES.verify[1]);
  document.drill.durationMs = durationOfSteps(document.steps) ?? 0;
  document.topology.after!.readAt = timestampAt(1800);
  document.fences = [
    {
      host: FROM,
      store: "timescaledb",
      method: "clean-shutdown",
      provedAtMs: 1367.2,
      detail: "pg_controldata: shut down; last record ends at 0/30000A0 on timeline 1",
    },
    {
      host: FROM,
      store: "redis",
      method: "writes-paused",
      provedAtMs: 1377.6,
      detail: "CLIENT PAUSE 10000 WRITE; both at offset 4711",
    },
  ];
  document.probe = {
    intervalMs: 5,
    startedAtMs: 978,
    finishedAtMs: 1750,
    timescaledb: probedStore({ ...PROBE, closedAtMs: 1330, openedAtMs: 1440 }),
    redis: probedStore({ ...PROBE, closedAtMs: 1380, openedAtMs: 1382 }),
  };
  document.continuity = validContinuity(document.probe, {
    ...{ startedAtMs: 720, stoppedAtMs: 1762, answeredAtMs: 1830, finishedAtMs: 1880 },
  });
  document.services = [FROM, TO].flatMap((host) =>
    SERVICE_NAMES.map((service) => ({
      host,
      service,
      image: `10.91.0.1:5000/understudy/${service}@${DIGEST}`,
      standIn:
        service === "grafana" ? "an HTTP service with Grafana's health and dashboard endpoints; not Grafana" : null,
    })),
  );
  document.versions = {
    node: "v22.23.3",
    "timescaledb@host-a": "15.14",
    "timescaledb@host-b": "15.14",
    "redis@host-a": "7.0.15",
    "redis@host-b": "7.0.15",
  };
  return record(document);
}

/** The same night without host-a: cut off from the network, three acknowledged rows lost, 1.9 s without PostgreSQL. */
export function lossStory(): EvidenceDocument {
  const document = swapStory();
  const gone = unplannedEvidence();
  document.drill.kind = "unplanned";
  delete document.continuity;
  document.failedStep = "demote-primary";
  Object.assign(document.steps[2]!, {
    status: "failed",
    checks: [],
    marks: [],
    failure: {
      reason: "host-a does not answer: its engine refused the connection twice, its PostgreSQL port is closed",
      host: FROM,
      next: "understudy status",
      undone: null,
    },
  });
  document.topology = gone.topology;
  document.topology.after!.readAt = timestampAt(1800);
  document.unplanned = gone.unplanned;
  document.postgres = gone.postgres;
  document.redis = gone.redis;
  document.fences = gone.fences.map((fence) => ({ ...fence, provedAtMs: 1340 }));
  document.probe = {
    intervalMs: 5,
    startedAtMs: 978,
    finishedAtMs: 1750,
    timescaledb: probedStore({ ...PROBE, closedAtMs: 1130, openedAtMs: 1445, silentEnd: true, lost: [27, 28, 29] }),
    redis: probedStore({ ...PROBE, closedAtMs: 1130, openedAtMs: 1390, silentEnd: true }),
  };
  document.objectives.maxDataLagEvents = 5;
  Object.assign(document.unplanned!, recoveryFigures(document));
  return record(document);
}

/** A drill begun after host-a had died: the probe saw no write of it, and waited for the first one on host-b. */
export function nightStory(): EvidenceDocument {
  const document = lossStory();
  const { probe, unplanned } = document;
  for (const store of STORE_NAMES) {
    probe![store] = probedStore({
      ...PROBE,
      closedAtMs: 0,
      openedAtMs: store === "redis" ? 1390 : 1445,
      silentEnd: true,
    });
  }
  Object.assign(unplanned!, recoveryFigures(document));
  return record(document);
}
