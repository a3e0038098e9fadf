import { hostname } from "node:os";
import type { Stack } from "@pulumi/pulumi/automation";
import type { DrillConfig } from "../../settings/drill-config";
import type { Environment } from "../../settings/environment";
import { pendingOperations, withoutPendingOperations, type PendingOperation } from "../pending-operations";
import { messageOf, UserError } from "../user-error";
import { askedDrill } from "./asked-drill";
import { firstComplaint, openStacks, type HostStack } from "./pair-stacks";
import { readStackConfig } from "./stack-config";
import { holderOf, readStackLocks, runsPulumi, type LockHolder, type StackLock } from "./stack-lock";

/** What an engine that was interrupted has left on one stack. */
export interface StackTrouble {
  readonly host: string;
  readonly stack: string;
  /** Null when this backend's locks cannot be looked at. */
  readonly locks: readonly (StackLock & { readonly holder: LockHolder })[] | null;
  readonly pending: readonly PendingOperation[];
  /** The drill that the stack's config asks to execute: it may have been interrupted, too. */
  readonly drill: DrillConfig | undefined;
}

/** What the state of a stack has of operations that did not end. @throws Error when the state cannot be read */
export async function pendingOf(stack: Stack): Promise<readonly PendingOperation[]> {
  return pendingOperations(JSON.stringify(await stack.exportStack()));
}

/** Looks at both stacks; changes nothing. */
export async function readTroubles(environment: Environment): Promise<readonly StackTrouble[]> {
  const { stacks } = await openStacks(environment);
  return Promise.all(stacks.map(troubleOf));
}

async function troubleOf(one: HostStack): Promise<StackTrouble> {
  const { host, stack } = one;
  const [{ url }, { name: project }, pending, config] = await Promise.all([
    stack.workspace.whoAmI(),
    stack.workspace.projectSettings(),
    pendingOf(stack),
    readStackConfig(one),
  ]);
  const locks = readStackLocks(url ?? "", project, stack.name);
  const here = { hostname: hostname(), runsPulumi };
  const drill = askedDrill(config);
  return {
    host: host.name,
    stack: stack.name,
    locks: locks && locks.map((lock) => ({ ...lock, holder: holderOf(lock, here) })),
    pending,
    drill: drill?.mode === "execute" ? drill : undefined,
  };
}

/** Whether a stack has anything to settle. */
export function isTroubled({ locks, pending }: StackTrouble): boolean {
  return pending.length > 0 || (locks !== null && locks.length > 0);
}

/**
 * Takes the locks of dead engines away, and the operations that they did not end out of the state. No resource and no
 * host is touched.
 * @param enginesHaveEnded the operator has made sure that no engine is at work, also on machines that this one cannot see
 * @throws UserError, exit code 3, when an engine is or may be at work; nothing was changed
 */
export async function settle(
  environment: Environment,
  troubles: readonly StackTrouble[],
  enginesHaveEnded: boolean,
): Promise<void> {
  for (const trouble of troubles) refuseWhileAtWork(trouble, enginesHaveEnded);
  const { stacks } = await openStacks(environment);
  for (const trouble of troubles.filter(isTroubled)) {
    const { stack } = stacks.find((one) => one.host.name === trouble.host) ?? {};
    if (stack !== undefined) await clear(stack, trouble);
  }
}

function refuseWhileAtWork({ stack, locks }: StackTrouble, enginesHaveEnded: boolean): void {
  const atWork = locks?.find(({ holder }) => holder === "at-work");
  if (atWork !== undefined) {
    throw new UserError(
      `pulumi, process ${atWork.pid}, is at work on stack ${stack} since ${atWork.timestamp}`,
      `let it finish, or end it at its next step: kill -INT ${atWork.pid}; then understudy settle`,
      3,
    );
  }
  const elsewhere = locks?.find(({ holder }) => holder === "elsewhere");
  if (elsewhere === undefined || enginesHaveEnded) return;
  throw new UserError(
    `stack ${stack} is locked since ${elsewhere.timestamp} by process ${elsewhere.pid} of ${elsewhere.hostname}, which cannot be looked at from here`,
    "make sure that it has ended, then: understudy settle --execute --engines-have-ended",
    3,
  );
}

async function clear(stack: Stack, { locks, pending }: StackTrouble): Promise<void> {
  try {
    if (locks !== null && locks.length > 0) await stack.cancel();
    if (pending.length > 0) await stack.importStack(withoutPendingOperations(await stack.exportStack()));
  } catch (error) {
    throw new UserError(
      `stack ${stack.name} could not be settled: ${messageOf(firstComplaint(error))}`,
      `pulumi -s ${stack.name} cancel, once no engine is at work; then understudy settle`,
    );
  }
}
