import type { EvidenceDocument } from "../../document";
import { durationOfSteps } from "../../env-values";
import { unless, type Rule } from "../rule";

/** How far the wall clock and the monotonic clock of one drill may drift apart. */
export const CLOCK_TOLERANCE_MS = 1000;

/** The drill's times follow one another, and its two clocks tell the same story. */
export const timeRules: readonly Rule[] = [
  {
    id: "step-times",
    sentence: "no step ends before it starts, or starts before the last one that ran had ended (in a dry run: started)",
    check: ({ document: { drill, steps } }) =>
      steps.flatMap((step, index) => {
        const key = `document.steps[${index}]`;
        if (step.status === "skipped") return [];
        const before = steps.slice(0, index).findLast((one) => one.status !== "skipped");
        const earliest = (drill.mode === "dry-run" ? before?.startedAtMs : before?.finishedAtMs) ?? 0;
        return [
          ...unless(step.startedAtMs >= earliest, `${key}.startedAtMs`, step.startedAtMs, `at least ${earliest}`),
          ...unless(
            step.finishedAtMs >= step.startedAtMs,
            `${key}.finishedAtMs`,
            step.finishedAtMs,
            `at least ${step.startedAtMs}`,
          ),
        ];
      }),
  },
  {
    id: "marks-inside-step",
    sentence: "every mark lies inside its step",
    check: ({ document: { steps } }) =>
      steps.flatMap((step, index) =>
        step.marks.flatMap((mark, at) =>
          unless(
            mark.atMs >= step.startedAtMs && mark.atMs <= step.finishedAtMs,
            `document.steps[${index}].marks[${at}].atMs`,
            mark.atMs,
            `${step.startedAtMs} to ${step.finishedAtMs} (${step.step})`,
          ),
        ),
      ),
  },
  {
    id: "duration-recomputed",
    sentence: "the duration is the time from the first step's start to the last step's end",
    check: ({ env, document }) => {
      const duration = durationOfSteps(document.steps);
      const limit = `${duration === null ? "unknown" : duration / 1000}, from the steps`;
      const same = duration !== null && Math.abs(duration - document.drill.durationMs) < 0.001;
      return unless(same, "FAILOVER_DURATION_SECONDS", env.FAILOVER_DURATION_SECONDS, limit);
    },
  },
  {
    id: "clocks-agree",
    sentence: `wall clock and monotonic clock agree within ${CLOCK_TOLERANCE_MS} ms, for the drill and for each step`,
    check: ({ document }) => {
      const { drill, steps } = document;
      const began = Date.parse(drill.startedAt);
      const zero = beganAtMs(document);
      const agree = (key: string, text: string, expectedMs: number) =>
        unless(
          Math.abs(Date.parse(text) - began - expectedMs) <= CLOCK_TOLERANCE_MS,
          key,
          text,
          `${expectedMs} ms after ${drill.startedAt}, within ${CLOCK_TOLERANCE_MS} ms`,
        );
      return [
        ...agree("FAILOVER_FINISHED_AT", drill.finishedAt, drill.durationMs),
        ...steps.flatMap((step, index) => [
          ...agree(`document.steps[${index}].startedAt`, step.startedAt, step.startedAtMs - zero),
          ...agree(`document.steps[${index}].finishedAt`, step.finishedAt, step.finishedAtMs - zero),
        ]),
      ];
    },
  },
];

/**
 * When the first step began, on the drill's monotonic clock. Its zero is when the drill began to open its sessions, which
 * may take a while, or the zero of the standing probe that an unplanned drill adopted.
 */
function beganAtMs({ steps }: EvidenceDocument): number {
  return steps[0]?.startedAtMs ?? 0;
}
