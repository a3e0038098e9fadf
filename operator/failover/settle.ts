import { rmSync } from "node:fs";
import { hostname } from "node:os";
import type { Stack } from "@pulumi/pulumi/automation";
import type { DrillConfig } from "../../settings/drill-config";
import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import { withoutPendingOperations, type PendingOperation } from "../../evidence/pending-operations";
import { messageOf, UserError } from "../../settings/user-error";
import { contradictions, followFacts, type Contradiction } from "./follow-facts";
import { firstComplaint, openBackend, openStacks, type HostStack } from "./pair-stacks";
import { observeDeclared, declaredRoles } from "./declared-topology";
import { askedDrill, readStackConfig } from "./stack-config";
import { askEngine, evidenceIn, exportState, importState, pendingIn, resourcesOf } from "./stack-state";
import { holderOf, holderWords, readStackLocks, runsPulumi, type LockHolder, type StackLock } from "./stack-lock";
import { tornAttributes } from "./torn-attributes";

/** What an engine that was interrupted has left on one stack. */
export interface StackTrouble {
  readonly host: string;
  readonly stack: string;
  /** Files that make the state unreadable; see `tornAttributes`. */
  readonly torn: readonly string[];
  /** Null when this stack's locks cannot be looked at. */
  readonly locks: readonly (StackLock & { readonly holder: LockHolder })[] | null;
  /** Why they cannot; left out where they were. */
  readonly locksUnknown?: string;
  /** Null while a stack's state cannot be read. */
  readonly pending: readonly PendingOperation[] | null;
  /** The drill that the stack's config asks to execute: it may have been interrupted, too. */
  readonly drill: DrillConfig | undefined;
  /** Whether that drill has ended, well or not: its evidence is in the state. Left out where there is none. */
  readonly drillHasEnded?: boolean;
  /** Another role than the stack declares, which both stores of its host play beyond doubt; left out where nobody looked. */
  readonly contradiction?: Contradiction | undefined;
}

/** What the backend tells of both stacks, also where a state cannot be read; changes nothing. */
export async function readLeftFiles(environment: Environment): Promise<readonly StackTrouble[]> {
  const { workspace, backend } = await openBackend(environment);
  const { name: project } = await workspace.projectSettings();
  const ask = (words: readonly string[]): Promise<string> => askEngine(workspace, words);
  const here = { hostname: hostname(), runsPulumi };
  return Promise.all(
    namedHosts(environment).map(async ({ name, stack }) => {
      const torn = tornAttributes(backend, project, stack);
      const read = await readStackLocks(backend, { project, stack, ask });
      const locks = read.locks?.map((lock) => ({ ...lock, holder: holderOf(lock, here) })) ?? null;
      return { ...read, locks, host: name, stack, torn, pending: null, drill: undefined };
    }),
  );
}

/** Looks at both stacks; changes nothing. */
export async function readTroubles(environment: Environment): Promise<readonly StackTrouble[]> {
  const left = await readLeftFiles(environment);
  if (left.some(({ torn }) => torn.length > 0)) return left;
  const { stacks } = await openStacks(environment);
  return Promise.all(
    left.map(async (files) => {
      const one = stacks.find(({ host }) => host.name === files.host);
      return one === undefined ? files : { ...files, ...(await stateOf(one)) };
    }),
  );
}

async function stateOf(one: HostStack): Promise<Pick<StackTrouble, "pending" | "drill" | "drillHasEnded">> {
  const [state, config] = await Promise.all([exportState(one.stack), readStackConfig(one)]);
  const [pending, drill] = [pendingIn(state), askedDrill(config)];
  if (drill?.mode !== "execute") return { pending, drill: undefined };
  return { pending, drill, drillHasEnded: evidenceIn(resourcesOf(state))?.drill.id === drill.id };
}

/**
 * Looks at the hosts too: which stack declares another role than its host plays. Nothing where a state cannot be read, and
 * nothing beside a drill that has not ended: that one goes on first, with the declaration it was begun with.
 */
export async function withContradictions(
  environment: Environment,
  troubles: readonly StackTrouble[],
): Promise<readonly StackTrouble[]> {
  if (troubles.some(({ torn, pending }) => torn.length > 0 && pending === null)) return troubles;
  if (troubles.some(({ drill, drillHasEnded }) => drill !== undefined && drillHasEnded !== true)) return troubles;
  const pair = await openStacks(environment);
  const found = contradictions(await declaredRoles(pair.stacks), await observeDeclared(pair, environment));
  return troubles.map((one) => ({ ...one, contradiction: found.find(({ host }) => host === one.host) }));
}

/** Lets the stacks declare what their hosts are, once no engine is at work. No role is moved. */
export async function declareFacts(environment: Environment, troubles: readonly StackTrouble[]): Promise<void> {
  const found = troubles.flatMap(({ contradiction }) => contradiction ?? []);
  if (found.length > 0) await followFacts((await openStacks(environment)).stacks, found);
}

/** Whether a stack has anything to settle. */
export function isTroubled({ torn, locks, pending, contradiction }: StackTrouble): boolean {
  return torn.length > 0 || (pending ?? []).length > 0 || (locks ?? []).length > 0 || contradiction !== undefined;
}

/** Whether it is not known that a stack has nothing to settle: never a success. */
export function isUnknown({ locks, pending }: StackTrouble): boolean {
  return locks === null || pending === null;
}

/**
 * Takes the locks of dead engines away, the operations that they did not end out of the state, and the files that make a
 * state unreadable. No resource and no host is touched.
 * @param enginesHaveEnded the operator has made sure that no engine is at work, also on machines that this one cannot see
 * @returns what was settled: more than `troubles` where a state could be read only now
 * @throws UserError, exit code 3, when an engine is or may be at work; nothing was changed
 */
export async function settle(
  environment: Environment,
  troubles: readonly StackTrouble[],
  enginesHaveEnded: boolean,
): Promise<readonly StackTrouble[]> {
  for (const trouble of troubles) refuseWhileAtWork(trouble, enginesHaveEnded);
  const found = await withoutTornFiles(environment, troubles);
  const { stacks } = await openStacks(environment);
  for (const trouble of found.filter((one) => isTroubled(one) || isUnknown(one))) {
    const { stack } = stacks.find((one) => one.host.name === trouble.host) ?? {};
    if (stack !== undefined) await clear(stack, trouble);
  }
  return found;
}

/** Removes what keeps a state from being read, and looks again; the names of the removed files stay. */
async function withoutTornFiles(
  environment: Environment,
  troubles: readonly StackTrouble[],
): Promise<readonly StackTrouble[]> {
  const torn = new Map(troubles.map((trouble) => [trouble.host, trouble.torn]));
  const files = [...torn.values()].flat();
  if (files.length === 0) return troubles;
  for (const file of files) rmSync(file, { force: true });
  return (await readTroubles(environment)).map((one) => ({ ...one, torn: torn.get(one.host) ?? [] }));
}

function refuseWhileAtWork({ stack, locks, locksUnknown }: StackTrouble, enginesHaveEnded: boolean): void {
  const atWork = locks?.find(({ holder }) => holder === "at-work");
  if (atWork !== undefined) {
    throw new UserError(
      `pulumi, process ${atWork.pid}, is at work on stack ${stack} since ${atWork.timestamp}`,
      `let it finish, or end it at its next step: kill -INT ${atWork.pid}; then understudy settle`,
      3,
    );
  }
  if (enginesHaveEnded) return;
  if (locks === null) {
    throw new UserError(
      `whether an engine is at work on stack ${stack} is unknown: ${locksUnknown ?? "its locks cannot be read"}`,
      "make sure that none is, on any machine, then: understudy settle --execute --engines-have-ended",
      3,
    );
  }
  const elsewhere = locks.find(({ holder }) => holder === "elsewhere");
  if (elsewhere === undefined) return;
  throw new UserError(
    `stack ${stack} is locked since ${elsewhere.timestamp} by ${holderWords(elsewhere)}, which cannot be looked at from here`,
    "make sure that it has ended, then: understudy settle --execute --engines-have-ended",
    3,
  );
}

/** A lock that nobody can look at is taken away like any other, on the operator's word. */
async function clear(stack: Stack, { locks, pending }: StackTrouble): Promise<void> {
  try {
    if (locks === null || locks.length > 0) await stack.cancel();
    if ((pending ?? []).length > 0) await importState(stack, withoutPendingOperations(await exportState(stack)));
  } catch (error) {
    throw new UserError(
      `stack ${stack.name} could not be cleared: ${messageOf(firstComplaint(error))}`,
      `pulumi -s ${stack.name} cancel, once no engine is at work; then understudy settle`,
    );
  }
}
