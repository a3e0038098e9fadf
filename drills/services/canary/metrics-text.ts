/** Sum of a counter's series that have all of `labels`, in the Prometheus text format; 0 when there is none yet. */
export function counterSum(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`))
    .filter((line) => Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`)))
    .reduce(
      (sum, line) =>
        sum +
        Number(
          line
            .slice(line.lastIndexOf("}") + 1)
            .trim()
            .split(" ", 1)[0],
        ),
      0,
    );
}
