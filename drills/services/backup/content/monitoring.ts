import { type Content, contentOf, digestOf, type Get } from "./content";

/** Silences by id, as `prepare.sh` counts them when it makes a backup. */
export async function silenceContent(get: Get): Promise<Content> {
  const silences = JSON.parse(await get("/api/v2/silences")) as { id: string }[];
  const lines = silences.map(({ id }) => `"id":"${id}"`).sort();
  return { silences: lines.length, "sha256 of silences": digestOf(lines) };
}

const QUERY = "/api/v1/query?";

interface Answer {
  readonly data?: {
    readonly result?: { metric: Record<string, string>; values?: [number, string][]; value?: [number, string] }[];
  };
}

function resultOf(text: string): NonNullable<NonNullable<Answer["data"]>["result"]> {
  const { data } = JSON.parse(text) as Answer;
  if (data?.result === undefined) throw new Error("not an answer of a query");
  return data.result;
}

/** How many series there were at a moment, and every sample of `up` in the ten minutes before it. */
export async function seriesContent(get: Get, untilMs: number): Promise<Content> {
  const ask = async (query: string) =>
    resultOf(await get(QUERY + new URLSearchParams({ query, time: (untilMs / 1000).toFixed(3) }).toString()));
  const [count] = await ask('count({__name__=~".+"})');
  const samples = (await ask("up[10m]")).flatMap(({ metric, values }) => {
    const labels = JSON.stringify(Object.entries(metric).sort(([left], [right]) => (left < right ? -1 : 1)));
    return (values ?? []).map(([at, value]) => `${labels} ${at} ${value}`);
  });
  return { series: count?.value === undefined ? null : Number(count.value[1]), ...contentOf("samples of up", samples) };
}
