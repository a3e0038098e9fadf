import type { PairStatus } from "../operator/status/pair-status";
import { troubleWords } from "../operator/health/other-containers";
import { waitingWords } from "../operator/status/waiting-settings";
import type { StatusRow } from "../operator/status/status-row";
import { red, textTable } from "./text-table";
import { asWaiting } from "./waiting";

const HEAD = [
  "HOST",
  "SERVICE",
  "DECLARED",
  "OBSERVED",
  "STATE",
  "LAG EVENTS",
  "BYTES",
  "SECONDS",
  "SINCE",
  "LAST BACKUP",
];

/** The screen a person reads: a row a service and host, what is no real product, then every reason and the next command. */
export function statusTable(status: PairStatus): string {
  const { readAt, rows, applications, exchanges, good, kept, waiting, troubles } = status;
  const [head = "", ...lines] = textTable([HEAD, ...rows.map(cells)]);
  const coloured = lines.map((line, at) => (rows[at]?.reason === null ? line : red(line)));
  const ends = [
    ...standIns(rows),
    ...kept.map(keptLine),
    ...waiting.map((one) => `settings ${waitingWords(one)}`),
    ...exchanging(exchanges),
    ...drift(applications),
    ...problems(rows),
    ...troubles.map((one) => `problem  ${troubleWords(one)}\n         next: ${one.next}`),
  ];
  return `${[head, ...coloured, ...ends, `${good ? "all well" : "NOT WELL"}, read at ${readAt}`].join("\n")}\n`;
}

function cells(row: StatusRow): readonly string[] {
  const figure = (value: number | null): string => (value === null ? "-" : String(value));
  return [
    row.host,
    row.service,
    row.declaredRole ?? "-",
    row.observedRole ?? "-",
    row.state === "healthy" ? row.state : asWaiting(row.state).toUpperCase(),
    figure(row.lagEvents),
    figure(row.lagBytes),
    row.lagSeconds === null ? "-" : row.lagSeconds.toFixed(1),
    row.since?.replace(/\.\d+Z$/, "Z") ?? "-",
    row.lastBackup?.finishedAt?.replace(/\.\d+Z$/, "Z") ?? "-",
  ];
}

function keptLine({ host, salvages, bytes, since }: PairStatus["kept"][number]): string {
  const size = `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
  return `kept     ${host}: ${salvages} of data given up, ${size}, the oldest since ${since.replace(/\.\d+Z$/, "Z")}; understudy salvage list ${host}`;
}

/** What is being exchanged: which, how far, since when, and the command that goes on. */
function exchanging(found: PairStatus["exchanges"] = []): readonly string[] {
  return found.map(
    ({ name, phase, since, next }) =>
      `exchange ${name}, since ${since?.replace(/\.\d+Z$/, "Z") ?? "unknown"}: ${phase}\n         next: ${next}`,
  );
}

/** What of the applications is missing, then what is there and not declared. */
function drift(found: PairStatus["applications"]): readonly string[] {
  if (found === undefined) return [];
  const missing = found.missing.map((words) => `problem  applications: ${words}\n         next: understudy up`);
  return [...found.leftOver.map((words) => `note     applications: ${words}`), ...missing];
}

/** One line a service that is not the real product. */
function standIns(rows: readonly StatusRow[]): readonly string[] {
  const lines = rows.flatMap(({ service, standIn }) => (standIn === null ? [] : [`stand-in ${service}: ${standIn}`]));
  return [...new Set(lines)];
}

/** One line a reason and its next command; what ails every service of a host in the same way is said once. */
function problems(rows: readonly StatusRow[]): readonly string[] {
  const services = new Map<string, string[]>();
  for (const { host, service, reason, next } of rows) {
    if (reason === null) continue;
    const key = `${asWaiting(reason)}\n         next: ${next ?? "understudy doctor"}`;
    const where = `${host} ${service}`;
    services.set(key, [...(services.get(key) ?? []), where]);
  }
  return [...services].map(([words, where]) => `problem  ${where.join(", ")}: ${words}`);
}
