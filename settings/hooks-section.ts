import { z } from "zod";

/** What a host's hooks are called by: it has become the primary, or is no longer to be it. */
export const HOOK_NAMES = ["promoted", "demoted"] as const;

/** One of them. */
export type HookName = (typeof HOOK_NAMES)[number];

function hook(
  when: string,
): z.ZodOptional<z.ZodObject<{ command: z.ZodArray<z.ZodString>; timeout_seconds: z.ZodDefault<z.ZodNumber> }>> {
  return z
    .strictObject({
      command: z
        .array(z.string().min(1))
        .min(1)
        .describe(
          "program and arguments, run where the drill runs; it is given one more word, `promoted` or `demoted`",
        ),
      timeout_seconds: z
        .number()
        .int()
        .min(1)
        .max(60)
        .default(10)
        .describe("how long that program may take; after that it is ended and has failed"),
    })
    .optional()
    .describe(when);
}

/** The section `hooks` of one host. */
export const hooksSchema = z.strictObject({
  promoted: hook("run when this host has become the primary of both stores; a failure is told and undoes nothing"),
  demoted: hook(
    "run when this host is to be the primary no longer, before the other one is promoted; a failure keeps a switchover from promoting",
  ),
});

/** A host's hooks. */
export type Hooks = z.output<typeof hooksSchema>;
