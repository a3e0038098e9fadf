import { STEP_NAMES, stepRow, type StepName, type StepStatus } from "../../../settings/steps";
import type { EvidenceDocument } from "../../document";
import { finding, unless, type Finding, type Rule } from "../rule";

/** The steps are the five, in order, and their statuses make one story. */
export const stepRules: readonly Rule[] = [
  {
    id: "steps-in-order",
    sentence: "the five steps are there, each once, in order",
    check: ({ document: { steps } }) => {
      const names = steps.map((step) => step.step).join(",");
      return unless(names === STEP_NAMES.join(","), "document.steps", names, STEP_NAMES.join(","));
    },
  },
  {
    id: "status-fits-mode",
    sentence: "only a dry run has simulated steps, only a failover has bypassed ones, and only where that is allowed",
    check: ({ document }) =>
      document.steps.flatMap((step, index) => {
        const legal = legalStatuses(document, step.step);
        return unless(legal.includes(step.status), `document.steps[${index}].status`, step.status, legal.join("|"));
      }),
  },
  {
    id: "failed-step-named",
    sentence: "the failed step that is named is the first that failed, and a drill without success names one",
    check: ({ document }) => {
      const first = document.steps.find((step) => step.status === "failed")?.step ?? null;
      const named = document.failedStep;
      return [
        ...unless(named === first, "FAILOVER_FAILED_STEP", named ?? "", first ?? "empty: no step failed"),
        ...unless(document.success || named !== null, "FAILOVER_FAILED_STEP", "", "a step, since success=false"),
      ];
    },
  },
  {
    id: "skipped-after-failure",
    sentence: "after a failed step every later one is skipped, and nothing else is",
    check: ({ document }) => skippingFaults(document),
  },
  {
    id: "failure-has-reason",
    sentence: "a failed step carries its reason, and no other step does",
    check: ({ document: { steps } }) =>
      steps.flatMap((step, index) =>
        unless(
          (step.status === "failed") === (step.failure !== null),
          `document.steps[${index}].failure`,
          step.failure?.reason ?? "none",
          step.status === "failed" ? "a reason" : `none, since the step is ${step.status}`,
        ),
      ),
  },
  {
    id: "checks-hold",
    sentence: "a step that passed made checks, all of them were met, and none compared something unknown",
    check: ({ document: { steps } }) =>
      steps.flatMap((step, index) => {
        if (step.status !== "passed" && step.status !== "simulated") return [];
        const key = `document.steps[${index}].checks`;
        return [
          ...unless(step.status !== "passed" || step.checks.length > 0, key, "none", "at least one check"),
          ...step.checks.flatMap((check, at) => unless(check.ok, `${key}[${at}].ok`, check.ok, `true (${check.name})`)),
          ...step.checks.flatMap((check, at) =>
            unless(check.measured !== null, `${key}[${at}].measured`, check.measured, `a value (${check.name})`),
          ),
        ];
      }),
  },
];

function legalStatuses({ drill }: EvidenceDocument, step: StepName): readonly StepStatus[] {
  if (drill.mode === "dry-run") return ["simulated", "failed", "skipped"];
  const mayBypass = stepRow(step)[drill.kind].goesOnAfter.includes("bypassed");
  return mayBypass ? ["passed", "failed", "skipped", "bypassed"] : ["passed", "failed", "skipped"];
}

/** After a step that failed the drill may go on where the table of steps lets it; or stop there. */
function skippingFaults({ drill, steps }: EvidenceDocument): Finding[] {
  const faults: Finding[] = [];
  let after: "going" | "may-stop" | "stopped" = "going";
  steps.forEach((step, index) => {
    const key = `document.steps[${index}].status`;
    if (step.status === "skipped") {
      if (after === "going") faults.push(finding(key, step.status, "no step before it failed"));
      after = "stopped";
    } else if (after === "stopped") {
      faults.push(finding(key, step.status, "skipped, since an earlier step failed"));
    } else if (step.status === "failed") {
      const mayGoOn = drill.mode === "execute" && stepRow(step.step)[drill.kind].goesOnAfter.includes("failed");
      after = mayGoOn ? "may-stop" : "stopped";
    }
  });
  return faults;
}
