import { adviceInWords } from "./advice";
import { MOMENT_SENTENCES, MOMENTS } from "./cell";
import { BACK_WITHIN_MS } from "./door-figures";
import { lostInSilence } from "./user-rows";
import type { Absence, CellRecord, MatrixReport } from "./record";
import { STORE_NAMES, type StoreName } from "../../settings/services";

/** A stretch without a writable primary that is shorter than this is not one that a person would speak of, milliseconds. */
const NOTEWORTHY_MS = 1_000;

function wait(absence: Absence | null): string {
  if (absence === null) return "unknown";
  const { longestGapMs, endedAfterMs } = absence;
  if (longestGapMs < NOTEWORTHY_MS) return `never away (${Math.round(longestGapMs)} ms)`;
  return `${(endedAfterMs / 1000).toFixed(1)} s`;
}

/** Of both stores: the later one, which is when there was a primary of both. */
function timeToPrimary({ absence: { timescaledb, redis } }: CellRecord): string {
  if (timescaledb === null || redis === null) return "unknown";
  const away = [timescaledb, redis].filter((one) => one.longestGapMs >= NOTEWORTHY_MS);
  const later = [...(away.length > 0 ? away : [timescaledb, redis])].sort((one, two) =>
    away.length > 0 ? two.endedAfterMs - one.endedAfterMs : two.longestGapMs - one.longestGapMs,
  );
  return wait(later[0] ?? null);
}

function counts(both: Readonly<Record<StoreName, number | null>>): string {
  return [both.timescaledb, both.redis].map((one) => one ?? "unknown").join(" / ");
}

/** Of the user's rows that were acknowledged; a run that has not counted them says so. */
function rowsMissing({ userRows }: CellRecord): string {
  if (userRows === undefined) return "unknown";
  return counts({ timescaledb: userRows.timescaledb.missing, redis: userRows.redis.missing });
}

/** What the stop took of its bound, and the recovery after it: two figures, since the window's bound holds without the second. */
function stopInWords({ stop }: CellRecord): string {
  if (stop === undefined) return "unknown";
  if (stop === null) return "";
  const { boundMs, tookMs, recoveryMs } = stop;
  const took = tookMs === null ? "not begun" : `${(tookMs / 1000).toFixed(2)} of ${boundMs / 1000} s`;
  if (recoveryMs === undefined) return took;
  return `${took}; recovery ${recoveryMs === null ? "unknown" : `${(recoveryMs / 1000).toFixed(2)} s`}`;
}

function silence({ userRows }: CellRecord): string {
  if (userRows === undefined) return "unknown";
  return counts({ timescaledb: lostInSilence(userRows.timescaledb), redis: lostInSilence(userRows.redis) });
}

function row(record: CellRecord): string {
  const { id, expected, outcome, evidence, lost, twoWriterMs, settledBy, deviations, advice } = record;
  const [, what = "", moment = ""] = id.split("/");
  const cells = [
    what.replaceAll("+", " + "),
    moment,
    expected.outcome.join(" or "),
    deviations.length === 0 ? (outcome ?? "none") : `**${outcome ?? "none"}**`,
    expected.evidence.includes(evidence) ? evidence : `**${evidence}**`,
    timeToPrimary(record),
    stopInWords(record),
    counts(lost),
    rowsMissing(record),
    silence(record),
    counts(twoWriterMs),
    (advice === undefined ? "unknown" : adviceInWords(advice)).replaceAll("|", "\\|"),
    settledBy.filter((one) => one !== "lab heal").join(", "),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** A run of a few cells leaves the others as they were: the reader is told how many, and how old. */
function fromEarlierRuns(cells: readonly CellRecord[], startedAt: string): string {
  const earlier = cells.map((one) => one.startedAt).filter((at) => at < startedAt);
  if (earlier.length === 0) return "";
  return ` ${earlier.length} of the cells are of earlier runs, the oldest of ${earlier.sort()[0] ?? ""}.`;
}

function silenceInAll(cells: readonly CellRecord[]): readonly string[] {
  const silent = cells.flatMap(({ userRows }) =>
    userRows === undefined ? [] : [lostInSilence(userRows.timescaledb), lostInSilence(userRows.redis)],
  );
  const known = silent.filter((one) => one !== null);
  const unknown = silent.length - known.length;
  const sum = known.reduce((all, one) => all + one, 0);
  if (silent.length === 0) return [];
  const more = unknown === 0 ? "" : `; ${unknown} counts are unknown`;
  return [
    `- In the ${silent.length / STORE_NAMES.length} cells that counted them, ${sum} of a user's rows were lost in silence${more}.`,
  ];
}

function datesOf(cells: readonly CellRecord[]): string {
  return [...new Set(cells.map(({ startedAt }) => startedAt.slice(0, 10)))].sort().join(" and ");
}

/** Cells of a run that did not count a user's rows, or follow the advice, stay as they are: it says unknown there, and here of when. */
function uncounted(cells: readonly CellRecord[]): readonly string[] {
  const old = cells.filter(({ userRows, advice }) => userRows === undefined || advice === undefined);
  if (old.length === 0) return [];
  return [
    `- \`unknown\` in these columns: ${old.length} of the cells were run on ${datesOf(old)}, before a user's rows were counted and advice was followed. Nothing is known of them there.`,
  ];
}

/** How the pair was in the cells. One that does not say so is neither. */
function encryptionInAll(cells: readonly CellRecord[]): string {
  const count = (how: boolean): number => cells.filter(({ encrypted }) => encrypted === how).length;
  const unknown = cells.filter(({ encrypted }) => encrypted === undefined);
  const dated = unknown.length === 0 ? "" : `, of ${datesOf(unknown)}`;
  return `- Cells on an encrypted pair: ${count(true)}, on a plain one: ${count(false)}, not recorded: ${unknown.length}${dated}.`;
}

function clientRow(record: CellRecord): readonly string[] {
  return (record.clients ?? []).map(({ name, sent, answered, errors, codes, awayMs, rows }) => {
    const away = awayMs === null ? "unknown" : `${(awayMs / 1000).toFixed(2)} s`;
    const why = Object.entries(codes).map(([code, count]) => `${code} ${String(count)}`);
    const failed = errors === 0 ? "0" : `${String(errors)} (${why.join(", ")})`;
    const cells = [
      record.id,
      name,
      `${String(answered)} of ${String(sent)}`,
      failed,
      away,
      String(rows.missing ?? "unknown"),
    ];
    return `| ${cells.join(" | ")} |`;
  });
}

/** What the clients saw of the cells with doors; nothing where there was none. */
function clientTable(cells: readonly CellRecord[]): readonly string[] {
  const rows = cells.flatMap(clientRow);
  if (rows.length === 0) return [];
  return [
    "",
    "## Clients at the doors",
    "",
    `- Ordinary drivers, two clients a load, which know both doors. \`away\`: the longest time after the strike in which a host took writes and a client had no answer; at most ${String(BACK_WITHIN_MS / 1000)} s.`,
    "- `missing`: answers to writes that the one primary does not have in the end, as those of another host would be.",
    "",
    "| cell | load | answered | errors | away | missing |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
  ];
}

const COLUMNS = [
  ...["fault", "moment", "expected", "outcome", "evidence", "time to one writable primary", "stop"],
  ...["our events lost, PostgreSQL / Redis", "user's rows missing", "of these in silence", "two writers, ms"],
  ...["advised, and its exit code", "then"],
];

/** The matrix for a person: Markdown, one table for each kind of drill. */
export function renderMatrix({ startedAt, finishedAt, machine, standIns, notRun, cells }: MatrixReport): string {
  const wrong = cells.filter((one) => one.deviations.length > 0);
  const loads = cells.map((one) => one.loadAverage);
  const tables = (["planned", "unplanned"] as const).flatMap((kind) => {
    const rows = cells.filter((one) => one.kind === kind);
    if (rows.length === 0) return [];
    return [
      "",
      `## ${kind}`,
      "",
      `| ${COLUMNS.join(" | ")} |`,
      `|${" --- |".repeat(COLUMNS.length)}`,
      ...rows.map(row),
    ];
  });
  return [
    "# Fault matrix",
    "",
    `${cells.length} of ${cells.length + notRun.length} cells were run: ${cells.length - wrong.length} came as written down before the run, ${wrong.length} not. Written by \`make matrix\` from ${startedAt} to ${finishedAt}.${fromEarlierRuns(cells, startedAt)}`,
    `Machine: ${machine.cores} cores, ${machine.memoryMib} MiB, load average before a cell ${Math.min(...loads)} to ${Math.max(...loads)}; both hosts, the clients and the probe share it.`,
    ...standIns.map((one) => `Stand-in: ${one}.`),
    "",
    ...MOMENTS.map((moment) => `- \`${moment}\`: ${MOMENT_SENTENCES[moment]}.`),
    "- `time to one writable primary`: from the strike until a host acknowledged writes again, the heal included where only that helped; `never away` with the longest gap where that was below a second.",
    "- `stop`: what the stop of PostgreSQL inside a switchover's cutover window took of its bound; a crash recovery after a stop that was ended at once is another figure.",
    "- `two writers`: time in which both hosts acknowledged writes, seen by an independent watcher that writes to both every 20 ms.",
    "- `our events lost`: acknowledged events of the background probe that are missing when all is healed.",
    "- `user's rows missing`: of what the watcher wrote to a table of a user's own database and to database 3 of Redis, and a host acknowledged. `in silence`: of these, those of which neither the drill's evidence nor the report of a return says that they are, or may be, lost.",
    "- `advised`: what the drill's output, the status and the commands themselves named as the next command after the fault was healed. Each was run as printed; exit code 1 of `status` or `doctor` says that not all was well yet. The pair had to be whole with them alone.",
    "- `then`: verbs of the product that were tried where the advice did not help, or before advice was followed.",
    ...silenceInAll(cells),
    ...uncounted(cells),
    encryptionInAll(cells),
    ...tables,
    ...clientTable(cells),
    ...(notRun.length === 0 ? [] : ["", "## Not run", "", notRun.map((id) => `\`${id}\``).join(", ")]),
    ...(wrong.length === 0 ? [] : ["", "## Not as expected", ""]),
    ...wrong.map(({ id, deviations, evidenceDetail }) =>
      [`- \`${id}\`: ${deviations.join("; ")}`, ...(evidenceDetail === null ? [] : [`evidence: ${evidenceDetail}`])]
        .join("; ")
        .replaceAll("|", "\\|"),
    ),
    "",
  ].join("\n");
}
