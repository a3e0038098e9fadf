import { contentOf, type Content, type Get, type Stretch } from "./content";

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
