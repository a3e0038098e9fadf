import type { StepResult } from "../document";
import { verdictText } from "../verify/render-verdict";
import type { Verdict } from "../verify/verify-evidence";
import { orUnknown } from "./figures";
import type { JudgedEvidence } from "./judged-evidence";
import { joinMarkup, markup, type Markup } from "./markup";

/**
 * The drill as JUnit XML, a test case for each step, so that CI shows a drill as it shows tests. A step that was not
 * tried is skipped, never passed. Where an unplanned drill succeeded, the demotion that failed because its host was
 * gone is skipped too, with the reason: the drill as a whole did not fail. Evidence that claims a success which the
 * verifier refuses has one more case, `evidence`, which fails.
 */
export function renderJunit({ document, sha256, verdict }: JudgedEvidence): string {
  const { drill, steps, success } = document;
  const className = `understudy.${drill.kind}.${drill.fromHost}-to-${drill.toHost}`;
  const refusal = success ? refusalCase(verdict, className) : null;
  const cases = steps.map((step) => ({ step, outcome: outcomeOf(step, success) }));
  const count = (kind: Outcome["kind"]): number => cases.filter((one) => one.outcome.kind === kind).length;
  const extra = refusal === null ? 0 : 1;
  const totals = markup`tests="${steps.length + extra}" failures="${count("failure") + extra}" errors="0" skipped="${count("skipped")}" time="${seconds(drill.durationMs)}"`;
  return markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="understudy" ${totals}>
<testsuite name="drill ${drill.id}" ${totals} timestamp="${drill.startedAt.replace(/\.\d+Z$/, "Z")}" hostname="${drill.toHost}">
<properties>
${properties(document.drill, sha256)}
</properties>
${joinMarkup(cases.map(({ step, outcome }) => testCase(step, outcome, className)))}
${refusal}</testsuite>
</testsuites>
`.text;
}

type Outcome =
  | { readonly kind: "passed" }
  | { readonly kind: "skipped"; readonly message: string }
  | { readonly kind: "failure"; readonly message: string };

function outcomeOf({ status, step, checks, failure }: StepResult, success: boolean): Outcome {
  const reason = failure?.reason ?? "no reason is recorded";
  switch (status) {
    case "passed":
      return { kind: "passed" };
    case "simulated":
      return checks.length > 0
        ? { kind: "passed" }
        : { kind: "skipped", message: `${step} cannot be tried in a dry run` };
    case "bypassed":
      return { kind: "skipped", message: "bypassed: an operator's decision" };
    case "skipped":
      return { kind: "skipped", message: "an earlier step failed" };
    case "failed":
      return success
        ? { kind: "skipped", message: `failed, as a failover allows: ${reason}` }
        : { kind: "failure", message: reason };
  }
}

function refusalCase(verdict: Verdict, className: string): Markup | null {
  if (verdict.verdict === "accepted") return null;
  const lines = verdictText(verdict).split("\n");
  return markup`<testcase classname="${className}" name="evidence" time="0.000">
<failure type="evidence-refused" message="the evidence claims success and the verifier does not accept it">
${joinMarkup(lines.map((line) => markup`${line}`))}
</failure>
</testcase>
`;
}

function testCase(step: StepResult, outcome: Outcome, className: string): Markup {
  const ran = step.status !== "skipped" && step.status !== "simulated";
  const time = seconds(ran ? step.finishedAtMs - step.startedAtMs : 0);
  return markup`<testcase classname="${className}" name="${step.step}" time="${time}">
${outcomeElement(step, outcome)}<system-out>
${joinMarkup(checkLines(step))}
</system-out>
</testcase>`;
}

function outcomeElement({ failure }: StepResult, outcome: Outcome): Markup {
  switch (outcome.kind) {
    case "passed":
      return markup``;
    case "skipped":
      return markup`<skipped message="${outcome.message}"/>\n`;
    case "failure":
      return markup`<failure type="step-failed" message="${outcome.message}">
${`on ${failure?.host ?? "no single host"}: ${outcome.message}`}
${`undone: ${failure?.undone ?? "nothing is recorded as undone"}`}
${`next: ${failure?.next ?? "understudy status"}`}
</failure>
`;
  }
}

function checkLines({ checks, status }: StepResult): Markup[] {
  if (checks.length === 0) return [markup`${`${status}, no check was made`}`];
  return checks.map(({ ok, name, host, measured, limit }) => {
    const where = host === null ? "" : ` on ${host}`;
    return markup`${`${ok ? "met" : "NOT MET"} ${name}${where}: ${orUnknown(measured)}, must be ${orUnknown(limit)}`}`;
  });
}

function properties(drill: JudgedEvidence["document"]["drill"], sha256: string): Markup {
  const named = {
    mode: drill.mode,
    kind: drill.kind,
    environment: drill.environment,
    from: drill.fromHost,
    to: drill.toHost,
    nonce: drill.nonce,
    "evidence.sha256": sha256,
  };
  return joinMarkup(Object.entries(named).map(([name, value]) => markup`<property name="${name}" value="${value}"/>`));
}

function seconds(milliseconds: number): string {
  return (Math.max(0, milliseconds) / 1000).toFixed(3);
}
