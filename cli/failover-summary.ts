import type { DrillHealth } from "../operator/failover/end-drill";
import type { FailoverOutcome } from "../operator/failover/failover";
import { isAllWell } from "../evidence/health-report";
import type { ProbeStoreEvidence } from "../evidence/document";

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
    ...(probe ? [storeLine("postgres", probe.timescaledb), storeLine("redis", probe.redis)] : []),
    ...steps.map(
      (step) =>
        `  step      ${step.step.padEnd(18)} ${step.status.padEnd(9)} ${((step.finishedAtMs - step.startedAtMs) / 1000).toFixed(3)} s`,
    ),
    ...dataLines(document),
    ...[...standIns].map(([service, what]) => `  stand-in  ${service}: ${what}`),
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
    health: health && { file: health.file, allWell: isAllWell(health.entries) },
    outageMs: probe && { timescaledb: probe.timescaledb.longestGapMs, redis: probe.redis.longestGapMs },
  };
}

function healthLines({ file, entries }: DrillHealth): readonly string[] {
  const healthy = entries.filter(({ status }) => status === "healthy").length;
  return [
    `  health    ${healthy} of ${entries.length} services healthy${isAllWell(entries) ? "" : "; next: understudy status"}`,
    `            ${file}`,
  ];
}

/** With what the services continue whose data did not come from the old primary itself. */
function dataLines({ continuity }: FailoverOutcome["document"]): readonly string[] {
  return (continuity?.services ?? []).flatMap(({ service, carried, notCarried }) => {
    if (notCarried) return [`  data      ${service}: ${notCarried.detail}`];
    if (carried?.how !== "newest-backup") return [];
    const until = carried.completeUntil ?? "an unknown moment";
    return [`  data      ${service}: its newest backup, complete until ${until}; what came later is unknown`];
  });
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

function storeLine(name: string, { longestGapMs, counts }: ProbeStoreEvidence): string {
  const gap = longestGapMs === null ? "unknown" : `${longestGapMs.toFixed(1)} ms`;
  const lost = counts.lost ?? "unknown";
  return `  ${name.padEnd(9)} longest gap between two acknowledged writes ${gap}; ${counts.acknowledged} acknowledged, ${lost} lost`;
}
