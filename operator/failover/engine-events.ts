import type { EngineEvent } from "@pulumi/pulumi/automation";
import type { StepName } from "../../settings/steps";
import type { StepOutput } from "../../evidence/drill-facts";
import type { StepResult } from "../../evidence/document";
import { EVIDENCE_OUTPUT, type StackEvidence } from "../../evidence/stack-output";
import { withoutPasswords } from "./backend";

/** What people want to see of an engine run while it happens. */
export interface EngineWatcher {
  readonly onEvent: (event: EngineEvent) => void;
  /** What the steps of the stack's drill have left, those of an earlier run included. */
  readonly outputs: () => readonly StepOutput[];
  /** Whether a step began in this run. */
  readonly stepsBegan: () => boolean;
  /** The evidence among the stack's outputs, in a preview too; undefined when there was none. */
  readonly evidence: () => StackEvidence | undefined;
  /** Errors the engine reported, in its words. */
  readonly complaints: () => readonly string[];
}

/** Who wants to know when a step begins and how it ended, while the engine runs. */
export interface StepWatch {
  stepBegins?(step: StepName): void;
  stepEnds?(result: StepResult): void;
}

const STEP_TYPE = "pulumi-nodejs:dynamic/understudy:DrillStep";
const STACK_TYPE = "pulumi:pulumi:Stack";

/** Follows the engine's event stream. */
export function watchEngine(watch: StepWatch = {}): EngineWatcher {
  let evidence: StackEvidence | undefined;
  const complaints: string[] = [];
  const outputsOfSteps: StepOutput[] = [];
  let began = false;
  return {
    outputs: () => outputsOfSteps,
    stepsBegan: () => began,
    evidence: () => evidence,
    complaints: () => complaints,
    onEvent: (event) => {
      const begins = event.resourcePreEvent?.metadata;
      if (begins?.type === STEP_TYPE && begins.op !== "same") {
        began = true;
        watch.stepBegins?.(stepOf(begins.new?.inputs ?? {}));
      }
      const ended = event.resOutputsEvent?.metadata;
      const outputs = (ended?.new?.outputs ?? {}) as Record<string, unknown>;
      if (ended?.type === STEP_TYPE && typeof outputs["result"] === "string") {
        const output = JSON.parse(outputs["result"]) as StepOutput;
        outputsOfSteps.push(output);
        if (ended.op !== "same") watch.stepEnds?.(output.result);
      }
      if (ended?.type === STACK_TYPE && outputs[EVIDENCE_OUTPUT] !== undefined) {
        evidence = outputs[EVIDENCE_OUTPUT] as StackEvidence;
      }
      const diagnostic = event.diagnosticEvent;
      if (diagnostic?.severity === "error") complaints.push(withoutPasswords(plain(diagnostic.message)));
    },
  };
}

function stepOf(inputs: Record<string, unknown>): StepName {
  return String(inputs["step"]) as StepName;
}

/** Without the engine's colour marks, and without the places in a program's code that it puts below an error. */
function plain(message: string): string {
  const lines = message.replaceAll(/<\{%[^%]*%\}>/g, "").split("\n");
  return lines
    .filter((line) => !/^\s+at \S/.test(line))
    .join("\n")
    .trim();
}
