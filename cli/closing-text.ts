import type { DrillClosing } from "../operator/drill/closing";
import { quoted } from "./completion/words";

/**
 * The last lines of a drill: its report, how to come to the dashboards, and in one line whether the pair is ready, which
 * report and dashboard say too. @param report undefined where there is none
 */
export function closingText({ readiness, dashboards }: DrillClosing, report?: string): string {
  const { ready, reasons, validUntil } = readiness;
  const { forwards, url, drillUrl } = dashboards;
  const word = ready ? `READY until ${validUntil ?? "unknown"}` : "NOT VERIFIED";
  const lines = [
    ...(report === undefined ? [] : [`report    ${report}`]),
    `dashboard ${url}`,
    ...(drillUrl === undefined ? [] : [`          ${drillUrl}`]),
    ...forwards.map(({ host, words }) => `  by      ${words.map(shellWord).join(" ")}   # Grafana of ${host}`),
    `ready     ${word}`,
    ...(ready ? [] : reasons.map((reason) => `  why     ${reason}`)),
  ];
  return `${lines.join("\n")}\n`;
}

/** In quotes only where the shell would take it otherwise. */
function shellWord(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : quoted(word);
}
