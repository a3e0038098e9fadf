import { z } from "zod";
import { HOOK_NAMES } from "../settings/hooks-section";

const milliseconds = z.number().nonnegative();
const named = { host: z.string().min(1), hook: z.enum(HOOK_NAMES) };

/** One run of a hook. What it printed is left out: it may hold secrets. */
export const hookRunSchema = z.strictObject({
  ...named,
  beganAtMs: milliseconds,
  endedAtMs: milliseconds,
  /** `exit`: by itself; `timeout`: it was ended; `not-started`: it could not be run; `signal`: something else ended it. */
  end: z.enum(["exit", "timeout", "not-started", "signal"]),
  /** Null where it did not end by itself. */
  exitCode: z.number().int().min(0).max(255).nullable(),
});

/** The hooks that both hosts declare, and those that were run. Absent where no host declares one. */
export const drillHooksSchema = z.strictObject({
  declared: z.array(z.strictObject(named)).min(1),
  ran: z.array(hookRunSchema),
});

/** One run of a hook. */
export type HookRun = z.infer<typeof hookRunSchema>;
/** The hooks of a drill. */
export type DrillHooks = z.infer<typeof drillHooksSchema>;

/** Whether a hook did what it is for: it ended by itself, with 0. */
export function hookDone({ end, exitCode }: Pick<HookRun, "end" | "exitCode">): boolean {
  return end === "exit" && exitCode === 0;
}

/** How it ended, in words. */
export function hookWords({ end, exitCode }: Pick<HookRun, "end" | "exitCode">): string {
  switch (end) {
    case "exit":
      return `exit code ${String(exitCode)}`;
    case "timeout":
      return "it did not end in time";
    case "not-started":
      return "it could not be started";
    case "signal":
      return "a signal ended it";
  }
}

/** The marks of a step between which a hook ran. */
export function hookMarks({ hook }: Pick<HookRun, "hook">): readonly [begins: string, ended: string] {
  return [`hook ${hook} begins`, `hook ${hook} ended`];
}
