import { STORE_NAMES } from "../../../settings/services";
import { milliseconds, STORE_TITLES } from "../swap-line";
import { aimLine, headerRow, timeRow } from "../table-rows";
import type { BackupsSeries } from "./backups-series";
import type { OutageComparison } from "./compare-outages";
import type { Throughput } from "./throughput";

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
    timeRow("backup-sync-check", series.syncCheckMs),
    ...aims.map(aimLine),
  ];
}
