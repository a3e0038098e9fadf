import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import type { PendingChange, PendingChanges } from "../../settings/drill-config";
import { messageOf, UserError } from "../../settings/user-error";
import { changedWays, changesByState, type Declared } from "./applied-declaration";
import { isOfDrill } from "./drill-target";
import { firstComplaint, type HostStack } from "./pair-stacks";
import { readStackConfig, withoutDrill } from "./stack-config";
import { resourcesOf, type ExportedState } from "./stack-state";

/** One stack with its state, the secrets shown, and what it declares now. */
export interface StackReading {
  readonly one: HostStack;
  readonly state: ExportedState;
  readonly declared: Declared;
}

/** A preview takes some seconds; one that takes longer waits for a host. */
const PREVIEW_MS = 90_000;

/**
 * Refuses a drill of a pair that is declared with another address, port or password than it was brought up with.
 * @throws UserError, exit code 3, with all of them
 */
export function refuseChangedWays(readings: readonly StackReading[]): void {
  const changed = readings.flatMap(({ one, state, declared }) =>
    changedWays(declared, resourcesOf(state)).map((words) => ({ stack: one.host.stack, words })),
  );
  const [first] = changed;
  if (first === undefined) return;
  const words = changed.map((one) => `stack ${one.stack}: ${one.words}`).join("; ");
  const password = changed.find((one) => one.words.startsWith("understudy:"));
  throw new UserError(
    `the pair was brought up with another declaration, and a drill would speak to other servers than those that run: ${words}`,
    password === undefined
      ? "write the former values into the environment file again, then this command again"
      : `pulumi -s ${password.stack} config set --secret ${password.words.split(" ", 1)[0] ?? ""}, with the former password; then this command again`,
    3,
  );
}

/** What a plain `up` would change of both hosts, as the states alone tell it: no engine is run. */
export function pendingByState(readings: readonly StackReading[]): PendingChanges {
  return {
    seen_in: "state",
    changes: readings.flatMap(({ state, declared }) => changesByState(declared, resourcesOf(state))),
  };
}

/**
 * What a plain `up` would change of both hosts, as a preview of each stack tells it. Where one fails or takes too long,
 * such as for an image that nobody has, the states tell what they know.
 */
export async function pendingByPreview(
  readings: readonly StackReading[],
  phase: ((words: string) => void) | undefined,
  signal: AbortSignal | undefined,
): Promise<PendingChanges> {
  phase?.("looking for changes that wait for an up: a drill leaves them alone");
  try {
    const changes = await Promise.all(readings.map(({ one }) => previewed(one, signal)));
    return { seen_in: "preview", changes: changes.flat() };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    phase?.(`no preview of what waits for an up: ${messageOf(firstComplaint(error))}; the states tell a part of it`);
    return pendingByState(readings);
  }
}

/**
 * What a plain `up` would change of one host, as a preview tells it.
 * @param withinMs how long it may take, milliseconds
 * @throws Error with the engine's complaint alone, or that it took too long
 */
export async function previewed(
  one: HostStack,
  signal: AbortSignal | undefined,
  withinMs = PREVIEW_MS,
): Promise<readonly PendingChange[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "understudy-"));
  const configFile = path.join(folder, "stack.yaml");
  const seen = new Map<string, PendingChange>();
  const late = AbortSignal.timeout(withinMs);
  try {
    await writeFile(configFile, withoutDrill(await readStackConfig(one)), { mode: 0o600 });
    await one.stack.preview({
      configFile,
      signal: AbortSignal.any([late, ...(signal === undefined ? [] : [signal])]),
      onEvent: (event) => {
        const change = changeIn(event, one.host.name);
        if (change !== undefined) seen.set(`${change.resource} ${change.change}`, change);
      },
    });
    return [...seen.values()];
  } catch (error) {
    const words = late.aborted ? `it took longer than ${withinMs / 1000} s` : firstComplaint(error);
    throw new Error(`preview of stack ${one.stack.name}: ${words}`, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const CHANGES: Readonly<Record<string, PendingChange["change"]>> = {
  create: "create",
  update: "update",
  delete: "delete",
  replace: "replace",
};

/** The change that an event of an engine's preview tells of, unless it is a drill's own; a replacement is told once. */
export function changeIn({ resourcePreEvent }: EngineEvent, host: string): PendingChange | undefined {
  const { op = "", urn = "", type = "" } = resourcePreEvent?.metadata ?? {};
  const change = CHANGES[op];
  const resource = urn.split("::").at(-1) ?? urn;
  // A provider that nobody declared is made by the engine for what uses it, such as a drill's steps, and goes with it.
  const ofEngine =
    type === "pulumi:pulumi:Stack" || (type.startsWith("pulumi:providers:") && /^default(_|$)/.test(resource));
  return change === undefined || ofEngine || isOfDrill(urn) ? undefined : { host, resource, change };
}
