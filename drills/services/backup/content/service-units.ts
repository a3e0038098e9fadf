import { HttpRefusal } from "../../../hosts/http";
import { type Content, contentOf, digestOf, type Get, type Stretch } from "./content";

/** Count and digest of `spansOfTraces`. */
export async function spanContent(get: Get, traceIds: readonly string[]): Promise<Content> {
  return contentOf("spans", await spansOfTraces(get, traceIds));
}

/**
 * The spans of the traces that `prepare.sh` made before backups, each looked up by its id. Of other traces nobody knows
 * the ids: not every version of Tempo can be searched.
 */
export async function spansOfTraces(get: Get, traceIds: readonly string[]): Promise<readonly string[]> {
  const spans: string[] = [];
  for (const id of traceIds) {
    const trace = await get(`/api/traces/${id}`).catch((error: unknown) => {
      if (error instanceof HttpRefusal && error.status === 404) return "null";
      throw error;
    });
    spans.push(...spanIds(JSON.parse(trace)).map((span) => `${id} ${span}`));
  }
  return [...new Set(spans)];
}

/** Ids of the spans in a trace; the list of spans has other names in other versions. */
export function spanIds(trace: unknown): readonly string[] {
  if (typeof trace !== "object" || trace === null) return [];
  const { spanId } = trace as { spanId?: unknown };
  return typeof spanId === "string" ? [spanId] : Object.values(trace).flatMap(spanIds);
}

/** Count and digest of `dashboardVersions`. */
export async function dashboardContent(get: Get): Promise<Content> {
  const lines = await dashboardVersions(get);
  return { dashboards: lines.length, "sha256 of dashboards": digestOf(lines) };
}

/** Dashboards by uid and version, sorted, as `prepare.sh` counts them when it makes a backup. */
export async function dashboardVersions(get: Get): Promise<readonly string[]> {
  const found = JSON.parse(await get("/api/search?type=dash-db&limit=5000")) as { uid: string }[];
  const lines: string[] = [];
  for (const { uid } of found) {
    const { dashboard } = JSON.parse(await get(`/api/dashboards/uid/${encodeURIComponent(uid)}`)) as {
      dashboard: { version: number };
    };
    lines.push(`${uid} ${dashboard.version}`);
  }
  return lines.sort();
}

/** Log lines that one question returns at most, and labels that are asked for; the same on both sides. */
const LINES = 1000;
const LABELS = 10;

interface QueryRange {
  readonly data?: { readonly result?: { stream: Record<string, string>; values: [string, string][] }[] };
}

/** Count and digest of `newestLogLines`. */
export async function logLineContent(get: Get, stretch: Stretch): Promise<Content> {
  return contentOf("log lines", await newestLogLines(get, stretch));
}

/** The newest log lines of a stretch of time, of every stream: those that have any of the first ten labels. */
export async function newestLogLines(get: Get, { from, until }: Stretch, limit = LINES): Promise<readonly string[]> {
  const [start, end] = [`${from}000000`, `${until}000000`];
  const labels = (JSON.parse(await get(`/loki/api/v1/labels?start=${start}&end=${end}`)) as { data?: string[] }).data;
  const lines = new Set<string>();
  for (const label of [...(labels ?? [])].sort().slice(0, LABELS)) {
    const query = new URLSearchParams({
      ...{ query: `{${label}=~".+"}`, start, end, limit: String(limit), direction: "backward" },
    });
    for (const line of linesOf(JSON.parse(await get(`/loki/api/v1/query_range?${query.toString()}`)))) lines.add(line);
  }
  return [...lines];
}

/** One text for each line: its stream, time and words. @throws Error when it is no answer of query_range */
export function linesOf(answer: unknown): readonly string[] {
  const { data } = answer as QueryRange;
  if (data?.result === undefined) throw new Error("not an answer of query_range");
  return data.result.flatMap(({ stream, values }) => {
    const labels = JSON.stringify(Object.entries(stream).sort(([left], [right]) => (left < right ? -1 : 1)));
    return values.map(([at, line]) => `${labels} ${at} ${line}`);
  });
}
