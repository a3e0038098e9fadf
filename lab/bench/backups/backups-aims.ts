import { STORE_NAMES } from "../../../settings/services";
import { judged, type JudgedAim } from "../aims";
import type { BackupsSeries } from "./backups-series";

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
