import { contentOf, type Content, type Get, type Stretch } from "./content";

/** Traces that are looked up whole, newest first by id; the same on both sides. */
const TRACES = 20;

interface Search {
  readonly traces?: { traceID: string }[];
}

/** The spans, begun in a stretch of time, of the traces that a search finds in it. */
export async function spanContent(get: Get, { from, until }: Stretch): Promise<Content> {
  const [start, end] = [Math.floor(from / 1000), Math.ceil(until / 1000)];
  const { traces } = JSON.parse(await get(`/api/search?start=${start}&end=${end}&limit=500`)) as Search;
  const ids = (traces ?? []).map((one) => one.traceID).sort();
  const spans: string[] = [];
  for (const id of ids.slice(0, TRACES)) {
    const trace = JSON.parse(await get(`/api/traces/${id}`)) as unknown;
    spans.push(...spansUntil(trace, until).map((span) => `${id} ${span}`));
  }
  return contentOf("spans", [...new Set(spans)]);
}

/** Ids of the spans in a trace that began by `until`; the list of spans has other names in other versions. */
export function spansUntil(trace: unknown, until: number): readonly string[] {
  if (typeof trace !== "object" || trace === null) return [];
  const { spanId, startTimeUnixNano } = trace as { spanId?: unknown; startTimeUnixNano?: unknown };
  if (typeof spanId === "string") {
    return BigInt(String(startTimeUnixNano)) <= BigInt(until) * 1_000_000n ? [spanId] : [];
  }
  return Object.values(trace).flatMap((one) => spansUntil(one, until));
}
