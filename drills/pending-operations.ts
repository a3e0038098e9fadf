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

/**
 * Explains pending operations to an operator, a sentence a line, the next commands last; empty when there are none.
 * `up` does an interrupted update or deletion again and forgets it; an interrupted creation stays noted until it is
 * cleared by name.
 */
export function explainPendingOperations(stack: string, pending: readonly PendingOperation[]): readonly string[] {
  if (pending.length === 0) return [];
  return [
    ...pending.map(({ urn, type }) => `stack ${stack}: pulumi was interrupted while ${type} ${urn}`),
    "the state does not know how that ended; an engine that is at work now looks the same, so let it finish first",
    `next: ${clearingCommands(stack)}`,
  ];
}

/** The commands that settle a stack's pending operations: do it again, then forget what was interrupted. */
export function clearingCommands(stack: string): string {
  return `pulumi -s ${stack} up, then pulumi -s ${stack} refresh --clear-pending-creates`;
}
