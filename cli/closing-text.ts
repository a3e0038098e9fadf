import type { DrillClosing } from "../operator/drill/closing";

/** The last lines of a drill: whether the pair is ready, and where to look. @param report undefined where there is none */
export function closingText({ readiness, dashboards }: DrillClosing, report?: string): string {
  const { ready, reasons, validUntil } = readiness;
  const word = ready ? `READY until ${validUntil ?? "unknown"}` : "NOT VERIFIED";
  const lines = [
    ...(report === undefined ? [] : [`report    ${report}`]),
    ...dashboards.map(({ host, url }) => `dashboard ${url} Grafana of ${host}`),
    `ready     ${word}`,
    ...(ready ? [] : reasons.map((reason) => `  why     ${reason}`)),
  ];
  return `${lines.join("\n")}\n`;
}
