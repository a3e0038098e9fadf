import { z } from "zod";

/** What is asked for in the stack's config under `understudy:drill`. */
export const drillConfigSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "letters, digits, dot, underscore, hyphen; at most 64; used once"),
  mode: z.enum(["dry-run", "execute"]).default("dry-run"),
  kind: z.enum(["planned"]).default("planned"),
  nonce: z
    .string()
    .regex(/^[A-Za-z0-9._-]{0,128}$/, "letters, digits, dot, underscore, hyphen; at most 128")
    .default(""),
});

export type DrillConfig = z.infer<typeof drillConfigSchema>;
