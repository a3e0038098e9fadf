import { z } from "zod";
import { CLIENT_DRIVER_NAMES, type ClientDriverName } from "./client-drivers";

/** No control character, no line or paragraph separator, no half of a pair: every reader of YAML gives such a text back as it is. */
const ONE_LINE = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\uFEFF\uFFFE\uFFFF]*$/u;
const NO_LINE = "one line of text, without control characters";
const line = z.string().regex(ONE_LINE, NO_LINE);
const reason = z.string().trim().regex(ONE_LINE, NO_LINE).min(8, "a reason, at least 8 characters");
const operator = line.min(1);

const digest = z.string().regex(/^[0-9a-f]{64}$/, "a sha256 in lower-case hexadecimal");

const basisSchema = z.strictObject({
  program: line.min(1).describe("version of Understudy"),
  environment_file_sha256: digest.describe("sha256 of the environment file"),
  settings_sha256: digest.describe("sha256 of both stacks' config without role, drill and secrets"),
  keys_sha256: digest.describe("sha256 of the secrets of both stacks' config as they are kept: encrypted"),
  images: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), line.min(1)).describe("the image of each container"),
});

/** Where it was seen that a plain `up` would change something: an engine's preview sees all, the state alone some. */
export const PENDING_SOURCES = ["preview", "state"] as const;
/** What a plain `up` would do to a resource. */
export const PENDING_CHANGES = ["create", "update", "replace", "delete"] as const;

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
      reason: reason.describe("unplanned only: why it is certain that the old primary cannot write, without any proof"),
      operator: operator.describe("unplanned only: who says so"),
    })
    .optional()
    .describe("unplanned only: go on without proof that the old primary cannot write, and who says so"),
  accept_loss: z
    .strictObject({ reason, operator })
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
  stores_only: z
    .boolean()
    .optional()
    .describe("move the roles of the two stores alone: the other services are neither asked nor copied"),
  with_clients: z
    .array(z.enum(CLIENT_DRIVER_NAMES as [ClientDriverName, ...ClientDriverName[]]))
    .min(1, "at least one driver")
    .refine((all) => new Set(all).size === all.length, "each driver once")
    .optional()
    .describe("planned only: drivers that are under load beside the drill, to count what ordinary clients see"),
  standing_probe: line
    .min(1)
    .optional()
    .describe("unplanned only: socket of the background probe that was writing before the primary failed"),
  pending_changes: z
    .strictObject({
      seen_in: z.enum(PENDING_SOURCES).describe("where the changes were seen: an engine's preview, or the state alone"),
      changes: z.array(z.strictObject({ host: line.min(1), resource: line.min(1), change: z.enum(PENDING_CHANGES) })),
    })
    .optional()
    .describe("written by the verbs: what a plain `up` would change, and the drill leaves alone"),
  basis: basisSchema
    .optional()
    .describe("written by the verbs: digests of what is rehearsed, by which `status --ready` sees that it is another"),
});

/** What a stack's config asks for under `understudy:drill`, checked and with every default filled in. */
export type DrillConfig = z.infer<typeof drillConfigSchema>;

/** What a plain `up` would change beside a drill, and where that was seen. */
export type PendingChanges = NonNullable<DrillConfig["pending_changes"]>;
/** What is rehearsed: what the pair was declared by when a drill began. */
export type DrillBasis = z.infer<typeof basisSchema>;
/** One resource that a plain `up` would change. */
export type PendingChange = PendingChanges["changes"][number];

/**
 * Reads what stands under `understudy:drill`. `pulumi config set --path` makes numbers of digits: id and nonce are text,
 * and a number that JavaScript does not hold exactly is none of the text that was written.
 */
export function parseDrillConfig(data: unknown): z.ZodSafeParseResult<DrillConfig> {
  if (typeof data !== "object" || data === null) return drillConfigSchema.safeParse(data);
  const { id, nonce } = data as Record<string, unknown>;
  const [idText, nonceText] = [digitsAsText(id), digitsAsText(nonce)];
  return drillConfigSchema.safeParse({
    ...data,
    ...(idText === undefined ? {} : { id: idText }),
    ...(nonceText === undefined ? {} : { nonce: nonceText }),
  });
}

function digitsAsText(value: unknown): string | undefined {
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

/** A planned drill that carries no nonce. */
export function plannedDrill(id: string, mode: DrillConfig["mode"]): DrillConfig {
  return { id, mode, kind: "planned", nonce: "" };
}

/** The id of a drill that nobody has named, from when it began. */
export function drillIdAt(began: Date): string {
  return `drill-${began.toISOString().replaceAll(/[:.]/g, "-").toLowerCase()}`;
}
