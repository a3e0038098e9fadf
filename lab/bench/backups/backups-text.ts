import { judged, type JudgedAim } from "../aims";
import type { BackupsSeries } from "./backups-series";
import type { OutageComparison } from "./compare-outages";
import type { Throughput } from "./throughput";
import { milliseconds, STORE_TITLES } from "../swap-line";
import { aimLine, headerRow, timeRow } from "../table-rows";
import { STORE_NAMES } from "../../../settings/services";
import { SYNC_CHECK } from "../../../settings/steps";

/** The archive of the write-ahead log is at most so far behind the server under load, milliseconds. */
const ARCHIVE_AIM_MS = 1000;

/** Holds the series against its aims. What was not measured, or too seldom, meets nothing. */
export function judgeBackups({
  archive,
  outage,
  swaps,
  swapsAsked,
}: Pick<BackupsSeries, "archive" | "outage" | "swaps" | "swapsAsked">): readonly JudgedAim[] {
  const answers = STORE_NAMES.map((store) => outage[store].measurable);
  const slower = answers.filter((one) => one === true).length;
  const unknown = answers.filter((one) => one === null).length;
  const succeeded = swaps.filter(({ failure }) => failure === null).length;
  return [
    judged("write-ahead log archive behind under load, maximum", "ms", ARCHIVE_AIM_MS, {
      measured: archive?.behindMs.max ?? null,
      unknown: archive?.behindMs.unknown ?? 0,
    }),
    judged("stores whose outage is measurably longer with backups", "count", 0, {
      measured: unknown === answers.length ? null : slower,
      unknown,
    }),
    judged("switchovers that failed or were not run", "count", 0, { measured: 2 * swapsAsked - succeeded, unknown: 0 }),
  ];
}

const MIB = 1024 * 1024;

const mib = (bytes: number | null): string => (bytes === null ? "unknown" : `${(bytes / MIB).toFixed(1)} MiB`);
const figure = (value: number | null): string => (value === null ? "unknown" : value.toFixed(2));

function speed(what: string, { measured, unknown, slowest, p50, fastest }: Throughput): string {
  const left = unknown === 0 ? "" : `, ${unknown} unknown`;
  return `  ${what}: p50 ${figure(p50)} MiB/s, slowest ${figure(slowest)}, fastest ${figure(fastest)} (${measured} measured${left})`;
}

function sizeLines({ size }: BackupsSeries): readonly string[] {
  if (size === null) return ["  repository against data: unknown"];
  const { dataBytes, repositoryBytes, logBytes, backups } = size;
  const ratio = dataBytes === null || dataBytes === 0 ? null : repositoryBytes / dataBytes;
  return [
    `  repository against data: ${mib(repositoryBytes)} for ${mib(dataBytes)}, ratio ${figure(ratio)}, with ${backups} backups in it; write-ahead log beside it ${mib(logBytes)}`,
  ];
}

function outageLines(title: string, { withMs, withoutMs, ratio, slowerShare }: OutageComparison): readonly string[] {
  const side = (what: string, one: OutageComparison["withMs"]): string =>
    `${what} p50 ${milliseconds(one.p50)}, max ${milliseconds(one.max)} (${one.measured})`;
  return [
    `  ${title} outage: ${side("with backups", withMs)}; ${side("without", withoutMs)}`,
    `    ratio by block: p50 ${figure(ratio.p50)}, from ${figure(ratio.least)} to ${figure(ratio.most)} (${ratio.blocks} blocks); a switchover with is the slower one in ${figure(slowerShare)} of all pairs`,
  ];
}

/** The series for a person. */
export function backupsText(series: BackupsSeries, cores: number): readonly string[] {
  const { journal, loadAverageBefore, backups, backup, restore, archive, swapsAsked, swaps, outage, aims } = series;
  const failed = swaps.filter(({ failure }) => failure !== null);
  const grown = journal === null ? "unknown" : `${mib(journal.grownBytes)} (${journal.askedMib} asked)`;
  return [
    `SERIES backups: a journal of ${grown}; ${swapsAsked} switchovers with and ${swapsAsked} without backups asked, ${swaps.length} run, ${swaps.length - failed.length} succeeded`,
    `  load average before it: ${loadAverageBefore}${loadAverageBefore > cores ? ", more than there are cores: the machine was busy" : ""}`,
    ...failed.map((one) => `  FAILED ${one.drillId}: ${one.failure ?? ""}`),
    speed("backup of PostgreSQL", backup),
    ...backups.map(
      (one) => `    ${mib(one.bytes)} in ${one.seconds.toFixed(1)} s, ${mib(one.addedBytes)} new to the repository`,
    ),
    speed("restore of PostgreSQL, to its first answer", restore),
    ...sizeLines(series),
    ...(archive === null
      ? ["  archive of the write-ahead log: unknown"]
      : [
          `  beside the archive: ${archive.load.pgbenchTransactions} transactions and ${archive.load.redisBenchmarkRequests} requests in ${archive.load.seconds} s`,
          headerRow("archive behind the server"),
          timeRow("write-ahead log", archive.behindMs),
        ]),
    ...STORE_NAMES.flatMap((store) => outageLines(STORE_TITLES[store], outage[store])),
    headerRow("beside the outage"),
    timeRow(SYNC_CHECK, series.syncCheckMs),
    ...aims.map(aimLine),
  ];
}
