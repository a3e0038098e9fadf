import { contentOf, type Content, type Get } from "./content";

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
      if (String(error).includes("404")) return "null";
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
