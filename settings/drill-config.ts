import { z } from "zod";

/** What is asked for in the stack's config under `understudy:drill`. */
export const drillConfigSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "letters, digits, dot, underscore, hyphen; at most 64; used once")
    .describe("id of the drill that is asked for; a new id asks for a new drill"),
  mode: z
    .enum(["dry-run", "execute"])
    .default("dry-run")
    .describe("`dry-run` reads both hosts, `execute` exchanges the roles"),
  kind: z
    .enum(["planned", "unplanned"])
    .default("planned")
    .describe("`planned` is a switchover, `unplanned` a failover: the primary is gone"),
  nonce: z
    .string()
    .regex(/^[A-Za-z0-9._-]{0,128}$/, "letters, digits, dot, underscore, hyphen; at most 128")
    .default("")
    .describe("text that the evidence must carry, chosen by a gate"),
  accept_unfenced: z
    .strictObject({
      reason: z
        .string()
        .trim()
        .min(8, "a reason, at least 8 characters")
        .describe("unplanned only: why it is certain that the old primary cannot write, without any proof"),
      operator: z.string().min(1).describe("unplanned only: who says so"),
    })
    .optional()
    .describe("unplanned only: go on without proof that the old primary cannot write, and who says so"),
  accept_loss: z
    .strictObject({ reason: z.string().trim().min(8, "a reason, at least 8 characters"), operator: z.string().min(1) })
    .optional()
    .describe("unplanned only: promote a standby that may lack writes of the old primary, and who says so"),
  fence_live_primary: z
    .boolean()
    .optional()
    .describe("unplanned only: stop a primary that only the standby reaches, through the standby"),
  lose_unlogged: z
    .boolean()
    .optional()
    .describe("planned only: go on although rows of unlogged tables are lost, which nothing replicates"),
  standing_probe: z
    .string()
    .min(1)
    .optional()
    .describe("unplanned only: socket of the background probe that was writing before the primary failed"),
});

/** What a stack's config asks for under `understudy:drill`, checked and with every default filled in. */
export type DrillConfig = z.infer<typeof drillConfigSchema>;

/** A planned drill that carries no nonce. */
export function plannedDrill(id: string, mode: DrillConfig["mode"]): DrillConfig {
  return { id, mode, kind: "planned", nonce: "" };
}
