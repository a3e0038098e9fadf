import path from "node:path";
import { describeContent, type DivergedContent } from "../drills/rejoin/diverged";
import type { PlannedStore, RejoinPlan } from "../drills/rejoin/plan-rejoin";
import type { RecordedRejoin } from "../drills/rejoin/record-rejoin";
import type { Environment } from "../settings/environment";
import { hostWord } from "../settings/host-word";
import type { PostgresReturn, RedisReturn, SalvageSummary } from "../drills/rejoin/report";

const NAMES = { timescaledb: "postgres", redis: "redis" } as const;

const ACTIONS: Readonly<Record<PlannedStore["action"], string>> = {
  none: "nothing to do",
  start: "would be started",
  wait: "is on its way back",
  follow: "would follow as it is",
  rewind: "would save what diverged, then rewind",
  clone: "would be cloned anew",
  refuse: "must not be brought back",
};

/** What a dry run found, in a few lines. */
export function planSummary({ host, primary, stores }: RejoinPlan): string {
  const lines = stores.flatMap(({ store, action, why, diverged }) => [
    `  ${NAMES[store].padEnd(9)} ${ACTIONS[action]}: ${why}`,
    ...divergedLines(diverged ?? undefined),
    ...(diverged && action === "clone" ? ["  kept      the old data folder stays whole, beside the clone"] : []),
  ]);
  const idle = stores.every((one) => one.action === "none");
  const help = stores.find((one) => one.next !== undefined)?.next ?? `understudy rejoin ${host} --execute`;
  const next = idle ? [] : [`  next      ${help}`];
  return [
    `DRY RUN: ${host} would come back as a standby of ${primary}; nothing was changed`,
    ...lines,
    ...next,
    "",
  ].join("\n");
}

/** What a return did, in a few lines. */
export function rejoinSummary({ report, file }: RecordedRejoin, environment: Pick<Environment, "name">): string {
  const { host, primary, success, failure, drillId, unprotectedUntil, timescaledb, redis } = report;
  const word = hostWord(environment, host);
  const lines = [
    success
      ? `DONE: ${host} is a standby of ${primary}`
      : `FAILED: ${host} did not come back as a standby of ${primary}`,
    ...(failure ? [`  reason    ${failure.reason}`, `  next      ${failure.next}`] : []),
    ...(drillId === null ? [] : [`  drill     ${drillId}`]),
    ...(timescaledb ? postgresLines(word, timescaledb) : []),
    ...(redis ? redisLines(word, redis) : []),
    ...(unprotectedUntil === null ? [] : [`  protected since ${unprotectedUntil}`]),
    ...(file === null ? [] : [`  evidence  ${file}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function postgresLines(word: string, { how, why, diverged, salvage }: PostgresReturn): readonly string[] {
  const range = diverged && `timeline ${diverged.timeline}, WAL ${diverged.fromLsn} to ${diverged.toLsn ?? "unknown"}`;
  return [
    `  postgres  ${how}: ${why}`,
    ...(range === null ? [] : [`  diverged  ${range}`]),
    ...divergedLines(diverged?.content),
    ...(salvage ? salvageLines(word, salvage) : []),
  ];
}

function divergedLines(content: DivergedContent | undefined): readonly string[] {
  return content === undefined ? [] : [`  user data ${describeContent(content)}`];
}

function redisLines(word: string, { how, sync, keys, salvage }: RedisReturn): readonly string[] {
  const missing =
    keys === null ? "" : `; ${keys.missing} of ${keys.examined}${keys.complete ? "" : "+"} keys were here only`;
  return [
    `  redis     ${how}${sync === "unknown" ? "" : `, ${sync} sync`}${missing}`,
    ...(salvage ? salvageLines(word, salvage) : []),
  ];
}

function salvageLines(
  word: string,
  { volume, folder, bytes, lostEvents, notListed, keptFolder }: SalvageSummary,
): readonly string[] {
  const events =
    lostEvents === null
      ? `our own events not listed: ${notListed ?? "unknown"}`
      : `${lostEvents} of our own events lost`;
  const whole = keptFolder === true ? "the old data folder whole; " : "";
  return [
    `  saved     ${whole}${events}; ${(bytes / 1024 / 1024).toFixed(1)} MiB in ${folder} (volume ${volume}); understudy salvage remove ${word} ${path.posix.basename(folder)}`,
  ];
}
