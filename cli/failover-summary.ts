import type { DrillHealth } from "../operator/failover/end-drill";
import type { FailoverOutcome } from "../operator/failover/failover";
import { isAllWell } from "../evidence/health-report";
import { probeSawItAll } from "../evidence/env-values";
import { leftOutServices, storesOnlyWords } from "../evidence/stores-only";
import { orUnknown, outageOf, storeLossOf } from "../evidence/report/figures";
import { traceIdOf } from "../evidence/trace/trace-ids";
import { STORE_LABELS, type StoreName } from "../settings/services";

/** What a person wants to know after a drill, in a few lines. */
export function failoverSummary({ document, files, health }: FailoverOutcome): string {
  const { drill, success, failedStep, steps, probe, services } = document;
  const failure = steps.find((step) => step.step === failedStep)?.failure;
  const standIns = new Map(
    services.flatMap((one) => (one.standIn === null ? [] : [[one.service, one.standIn] as const])),
  );
  const lines = [
    headline(document),
    ...(failure
      ? [
          `  reason    ${failure.reason}`,
          ...(failure.undone ? [`  undone    ${failure.undone}`] : []),
          `  next      ${failure.next}`,
        ]
      : []),
    ...(drill.mode === "execute" && success ? [`  primary   ${drill.toHost} (was ${drill.fromHost})`] : []),
    ...scopeLines(document),
    ...(probe ? [storeLine(document, "postgres", "timescaledb"), storeLine(document, "redis", "redis")] : []),
    ...clientLines(document),
    ...followingLines(document),
    ...findingLines(document),
    ...steps.map(
      (step) =>
        `  step      ${step.step.padEnd(18)} ${step.status.padEnd(9)} ${((step.finishedAtMs - step.startedAtMs) / 1000).toFixed(3)} s`,
    ),
    ...dataLines(document),
    ...pendingLines(document),
    ...[...standIns].map(([service, what]) => `  stand-in  ${service}: ${what}`),
    ...(drill.mode === "execute" ? [`  trace     ${traceIdOf(drill.id)}`] : []),
    `  evidence  ${files.envPath}`,
    `            ${files.jsonPath}`,
    ...(files.bundlePath === null ? [] : [`  signature ${files.bundlePath}`]),
    ...(health === null ? [] : healthLines(health)),
  ];
  return `${lines.join("\n")}\n`;
}

/** The same for programs. */
export function failoverJson({ document, files, health }: FailoverOutcome): object {
  const { drill, success, failedStep, probe } = document;
  return {
    drill,
    success,
    failedStep,
    files,
    traceId: drill.mode === "execute" ? traceIdOf(drill.id) : null,
    health: health && { file: health.file, allWell: isAllWell(health.entries) },
    outageMs: probe && { timescaledb: outageOf(document, "timescaledb"), redis: outageOf(document, "redis") },
    clients: clientFigures(document),
    following: document.unplanned?.following ?? null,
    findings: document.findings ?? null,
    lostEvents: { timescaledb: storeLossOf(document, "timescaledb"), redis: storeLossOf(document, "redis") },
  };
}

/** That the drill was of the two stores only, and of which services it says nothing. */
function scopeLines({ drill }: FailoverOutcome["document"]): readonly string[] {
  const words = storesOnlyWords(leftOutServices(drill));
  return words === undefined ? [] : [`  scope     ${words}`];
}

function healthLines({ file, entries }: DrillHealth): readonly string[] {
  const healthy = entries.filter(({ status }) => status === "healthy").length;
  return [
    `  health    ${healthy} of ${entries.length} services healthy${isAllWell(entries) ? "" : "; next: understudy status"}`,
    `            ${file}`,
  ];
}

/** The figures of each load, without its statements; null where nothing was measured. */
function clientFigures({ clients }: FailoverOutcome["document"]): object | null {
  if (clients === undefined) return null;
  const loads = clients.loads.map(({ driver, version, store, counts, codes, latencyMs }) => {
    return { driver, version, store, counts, codes, latencyMs };
  });
  return { loads, notTried: clients.notTried };
}

/** What ordinary clients saw; a drill beside which none were under load has not measured it, which is not zero. */
function clientLines({ drill, clients }: FailoverOutcome["document"]): readonly string[] {
  if (drill.mode === "dry-run") return [];
  if (clients === undefined) return ["  clients   not measured: no --with-clients"];
  return [
    ...clients.loads.map(({ driver, counts, latencyMs }) => {
      const { sent, failed, ended, unknown, resent } = counts;
      const longest = latencyMs === null ? "unknown" : `${latencyMs.max.toFixed(1)} ms`;
      const again = resent === 0 ? "" : `, ${resent} resent`;
      return `  clients   ${driver}: ${sent} sent, ${failed} failed, ${ended} ended, ${unknown} unknown${again}; longest ${longest}`;
    }),
    ...clients.notTried.map(({ driver, reason }) => `  clients   ${driver}: not measured: ${reason}`),
  ];
}

/** Up to when the standby had everything: what bounds a loss that nobody counted. */
function followingLines({ unplanned, probe }: FailoverOutcome["document"]): readonly string[] {
  const following = unplanned?.following;
  if (following === undefined) return [];
  const { stores, accepted } = following;
  return [
    ...(probe === null || unplanned?.probeSawFailure === true
      ? []
      : stores.map(({ store, hasAllAt, upperBoundSeconds }) =>
          upperBoundSeconds === null
            ? `  bound     ${store}: nothing bounds what was lost`
            : `  bound     ${store}: has everything up to ${orUnknown(hasAllAt)}; at most the writes of ${Math.ceil(upperBoundSeconds)} s may be lost`,
        )),
    ...(accepted === null ? [] : [`  accepted  ${accepted.operator} gave up what may be lost: ${accepted.reason}`]),
  ];
}

/** What was found on the servers before anything was touched; whoever is refused for it has read it in the reason. */
function findingLines({ findings }: FailoverOutcome["document"]): readonly string[] {
  return (findings?.listed ?? []).flatMap(({ severity, store, host, key, detail, next }) => {
    const words = findings?.accepted.includes(key) === true ? "accepted" : severity;
    return [
      `  ${words.padEnd(9)} ${STORE_LABELS[store]} on ${host}, ${key}: ${detail}`,
      ...(words === "refused" && next !== null ? [`            ${next}`] : []),
    ];
  });
}

/** With what the services continue whose data did not come from the old primary itself. */
function dataLines({ continuity }: FailoverOutcome["document"]): readonly string[] {
  return (continuity?.services ?? []).flatMap(({ service, carried, notCarried }) => {
    if (notCarried) return [`  data      ${service}: ${notCarried.detail}`];
    if (carried?.route?.way === "through-the-command") {
      return [
        `  data      ${service}: copied through this machine, not from host to host: ${orUnknown(carried.route.why)}`,
      ];
    }
    if (carried?.how !== "newest-backup") return [];
    const until = carried.completeUntil ?? "an unknown moment";
    return [`  data      ${service}: its newest backup, complete until ${until}; what came later is unknown`];
  });
}

/** So many changes are named; the evidence has them all. */
const NAMED = 4;

/** What waits for an `up`: the drill has left it alone. */
function pendingLines({ drill: { pendingChanges } }: FailoverOutcome["document"]): readonly string[] {
  const { changes = [], seenIn } = pendingChanges ?? {};
  if (changes.length === 0) return [];
  const named = changes.slice(0, NAMED).map(({ host, resource, change }) => `${change} ${resource} of ${host}`);
  const more = changes.length > NAMED ? `, and ${changes.length - NAMED} more` : "";
  const source = seenIn === "state" ? " (as far as the state tells)" : "";
  return [
    `  pending   left alone${source}: ${named.join(", ")}${more}`,
    "            a plain up would change them; next: understudy up",
  ];
}

function headline({ drill, success, failedStep }: FailoverOutcome["document"]): string {
  const took = `${(drill.durationMs / 1000).toFixed(1)} s`;
  if (drill.mode === "dry-run") {
    return success
      ? `DRY RUN ${drill.id}: nothing was changed; ${drill.toHost} is fit to take over from ${drill.fromHost}`
      : `DRY RUN ${drill.id}: nothing was changed; the drill would stop at ${failedStep ?? "?"}`;
  }
  return success
    ? `DONE ${drill.id}: ${drill.toHost} has taken over from ${drill.fromHost} in ${took}`
    : `FAILED ${drill.id} at ${failedStep ?? "?"} after ${took}`;
}

/** Without a probe from before the primary failed nobody has counted what was lost, nor seen when the gap began. */
function storeLine(document: FailoverOutcome["document"], name: string, store: StoreName): string {
  const gap = outageOf(document, store);
  const counts = document.probe?.[store].counts;
  const [acknowledged, missing] = [orUnknown(counts?.acknowledged), orUnknown(counts?.lost)];
  const lost = storeLossOf(document, store);
  const counted = lost === null ? "lost unknown of" : `${lost} lost of`;
  const words = probeSawItAll(document)
    ? `${counted} ${acknowledged} acknowledged probe events`
    : `lost unknown: no probe wrote before the primary failed (${missing} of ${acknowledged} probe events acknowledged since then missing)`;
  return `  ${name.padEnd(9)} longest gap between two acknowledged writes ${gap === null ? "unknown" : `${gap.toFixed(1)} ms`}; ${words}`;
}
