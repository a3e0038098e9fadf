import { basename } from "node:path";
import type { Exhibit, Offered, Scenario } from "./scenario";
import { SCENARIOS } from "./scenarios";
import { escapeMarkdown } from "../report/escape-markdown";
import { headlineOf } from "../report/headline";
import { table } from "../report/render-markdown";
import type { Cell } from "../report/report-model";

/** One scenario and the evidence for it; without evidence it is not shown. */
export interface AcceptanceRow {
  readonly scenario: Scenario;
  readonly exhibits: readonly Exhibit[];
}

/** Every scenario with what shows it, and everything that was offered for it. */
export interface Acceptance {
  readonly rows: readonly AcceptanceRow[];
  readonly shown: number;
  /** Every scenario is shown. */
  readonly complete: boolean;
  readonly offered: Offered;
}

/** Clocks may differ by this much, milliseconds: what has a time from beyond it was written by one that was wrong. */
const CLOCK_LIMIT_MS = 300_000;

/**
 * Holds every scenario against what is offered. Of the newest evidence is what counts: evidence of the future is older than
 * any other, and a health report of the future is none.
 * @param now the moment of the judgement; without it nothing is taken for the future
 */
export function acceptanceOf(
  offered: Offered,
  scenarios: readonly Scenario[] = SCENARIOS,
  now = new Date(8.64e15),
): Acceptance {
  const isAhead = (at: string): boolean => Date.parse(at) > now.getTime() + CLOCK_LIMIT_MS;
  const drills = [...offered.drills].sort(({ document: { drill: left } }, { document: { drill: right } }) => {
    const ahead = Number(isAhead(right.startedAt)) - Number(isAhead(left.startedAt));
    return ahead || (left.startedAt < right.startedAt ? -1 : 1);
  });
  const health = offered.health.filter(({ readAt }) => !isAhead(readAt));
  const rows = scenarios.map((scenario) => ({ scenario, exhibits: scenario.find({ ...offered, drills, health }) }));
  const shown = rows.filter((row) => row.exhibits.length > 0).length;
  return { rows, shown, complete: shown === rows.length, offered: { ...offered, drills } };
}

/** The acceptance as Markdown: a row for each scenario, then everything that was offered, and the limits. */
export function renderAcceptance(acceptance: Acceptance, date: string): string {
  const { rows, shown, complete, offered } = acceptance;
  const missing = rows.filter((row) => row.exhibits.length === 0);
  return `${[
    `# Final capability acceptance ${date}`,
    `**${complete ? "Accepted" : "Not accepted"}.** ${shown} of ${rows.length} scenarios are shown by evidence.`,
    "## Scenarios",
    table(["Scenario", "Shown", "By", "Verifier", "What it shows", "sha256"], rows.flatMap(scenarioRows)),
    ...(missing.length === 0
      ? []
      : [
          "## How to show what is missing",
          missing
            .map(({ scenario }) => `- ${escapeMarkdown(scenario.id)}: ${escapeMarkdown(scenario.obtain)}`)
            .join("\n"),
        ]),
    "## Evidence that was offered",
    offered.drills.length + offered.health.length + offered.requirements.length === 0
      ? "None."
      : table(["File", "What", "Verifier", "sha256"], offeredRows(acceptance)),
    "The verifier judges each drill by the objectives it was started with, unless limits were given. The sha256 is of the JSON document, as `FAILOVER_EVIDENCE_SHA256` carries it. What an evidence file does not show is not claimed here: a scenario without evidence is not shown.",
  ].join("\n\n")}\n`;
}

function scenarioRows({ scenario, exhibits }: AcceptanceRow): Cell[][] {
  const name = `${scenario.sentence} (${scenario.id})`;
  if (exhibits.length === 0) return [[name, { text: "not shown", tone: "bad" }, "-", "-", "-", "-"]];
  return exhibits.map(({ source, verdict, shows, sha256 }, index) => [
    index === 0 ? name : "",
    index === 0 ? "shown" : "",
    { text: basename(source), code: true },
    verdict,
    shows,
    { text: sha256, code: true },
  ]);
}

function offeredRows({ offered }: Acceptance): Cell[][] {
  return [
    ...offered.drills.map(({ source, document, verdict, sha256 }): Cell[] => [
      { text: basename(source), code: true },
      `${document.drill.id}: ${headlineOf(document, verdict).sentence}`,
      verdict.verdict === "refused"
        ? `refused: ${verdict.violations
            .map(({ rule }) => rule)
            .filter((rule, at, all) => all.indexOf(rule) === at)
            .join(", ")}`
        : verdict.verdict,
      { text: sha256, code: true },
    ]),
    ...offered.health.map(({ source, hosts, healthy, ailing, sha256 }): Cell[] => [
      { text: basename(source), code: true },
      `health of ${hosts.join(", ")}: ${healthy} healthy${ailing.length === 0 ? "" : `, not: ${ailing.join("; ")}`}`,
      "-",
      { text: sha256, code: true },
    ]),
    ...offered.requirements.map(({ source, accepted, requirements, open, findings, sha256 }): Cell[] => [
      { text: basename(source), code: true },
      `${requirements} requirements, ${open} open, ${findings} findings`,
      accepted ? "accepted" : "refused",
      { text: sha256, code: true },
    ]),
  ];
}
