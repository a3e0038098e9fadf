/** The labels of one sample. */
export type Labels = Readonly<Record<string, string>>;

/** One sample; its value null when it is not known: then it is not told at all. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number | boolean | null;
}

/** One metric with all its samples. */
export interface Metric {
  /** By Prometheus' conventions: base units, `_total` for what only grows. */
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly samples: readonly Sample[];
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/**
 * Prometheus' text format, version 0.0.4. What is not known has no sample, never a 0; a metric without samples keeps its
 * HELP and TYPE, so that a reader of the page sees that it exists.
 * @param common labels of every sample
 */
export function exposition(metrics: readonly Metric[], common: Labels = {}): string {
  const lines = metrics.flatMap(({ name, help, type, samples }) => [
    `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
    `# TYPE ${name} ${type}`,
    ...samples.flatMap(({ labels = {}, value }) =>
      value === null ? [] : [`${name}${labelText({ ...common, ...labels })} ${String(Number(value))}`],
    ),
  ]);
  return `${lines.join("\n")}\n`;
}
