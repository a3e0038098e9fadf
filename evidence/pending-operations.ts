import { z } from "zod";

/** Something Pulumi had begun to do to a resource when it was interrupted, as the stack's state has it. */
export interface PendingOperation {
  readonly urn: string;
  /** `creating`, `updating`, `deleting`, `reading`, `importing`. */
  readonly type: string;
}

/** What is read of `pulumi stack export`; there is more in it. */
const exportSchema = z.object({
  version: z.number(),
  deployment: z
    .object({
      pending_operations: z
        .array(z.object({ resource: z.object({ urn: z.string().min(1) }), type: z.string().min(1) }))
        .nullish(),
    })
    .nullable(),
});

/**
 * The pending operations of a stack, from the JSON text of its `pulumi stack export`. A stack at which an engine is at
 * work just now has some too.
 * @throws Error when the text is no such export: then it is not known whether there are any
 */
export function pendingOperations(exportJson: string): readonly PendingOperation[] {
  let value: unknown;
  try {
    value = JSON.parse(exportJson);
  } catch {
    throw new Error("what pulumi exported is not JSON");
  }
  const parsed = exportSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(
      `what pulumi exported is no stack (${issue?.path.join(".") ?? ""}: ${issue?.message ?? "malformed"})`,
    );
  }
  const pending = parsed.data.deployment?.pending_operations ?? [];
  return pending.map(({ resource, type }) => ({ urn: resource.urn, type }));
}

/** The state of a stack, as it was exported, without its pending operations; everything else is untouched. */
export function withoutPendingOperations<T extends { deployment: unknown }>(state: T): T {
  return { ...state, deployment: { ...(state.deployment as object), pending_operations: [] } };
}

/** Explains each pending operation of a stack to an operator, in a sentence. */
export function explainPendingOperations(stack: string, pending: readonly PendingOperation[]): readonly string[] {
  return pending.map(
    (one) => `stack ${stack}: pulumi was interrupted while ${one.type} ${one.urn}: ${consequence(one)}`,
  );
}

/** What may have become of a resource whose operation nobody saw end. */
export function consequence({ urn, type }: PendingOperation): string {
  if (urn.includes("understudy:DrillStep"))
    return "the hosts' journals know how far this step came; the same drill id, run again, reads them";
  if (urn.includes("pulumi-nodejs:dynamic/understudy:"))
    return "the next up does it again, and looks first at what is there";
  if (type === "creating" && /docker:index\//.test(urn)) {
    return "its host may have it although the state does not; when the next up says that it exists, import it or remove it there";
  }
  return "the next up does it again";
}
