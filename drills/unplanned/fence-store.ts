import { SERVICES, type StoreName } from "../../settings/services";
import { containerName } from "../../settings/names";
import type { Environment } from "../../settings/environment";
import type { Fence } from "../../evidence/document";
import { messageOf } from "../../settings/user-error";
import { fenceByCommand, proveOff } from "./fence-by-command";
import { fenceByEngine, proveStopped } from "./fence-by-engine";
import { fenceByOwnPort, proveSilenced } from "./fence-by-own-port";
import { lastSignal, serves } from "./signals";
import type { UnplannedRun } from "./unplanned-run";

/** How one store's fencing ended: by the first way that proved itself, or with what was wrong with each. */
export type FenceOutcome =
  | { readonly proved: true; readonly method: Fence["method"]; readonly detail: string }
  | { readonly proved: false; readonly problems: readonly string[] };

interface Way {
  readonly method: Fence["method"];
  readonly attempt: () => Promise<string>;
}

/** The port of a store, as both hosts publish it. */
export function storePort(environment: Environment, store: StoreName): number {
  return environment.ports[SERVICES[store].ports[0].key];
}

/** The gentlest way first: the engine, then the store's own port, then switching the host off. */
async function waysToFence(run: UnplannedRun, store: StoreName, switchOff: () => Promise<string>): Promise<Way[]> {
  const { old, environment, to, request } = run;
  const signals = run.facts.unplanned?.signals ?? [];
  const [fromHere, fromStandby] = [lastSignal(signals, "operator", store), lastSignal(signals, "standby", store)];
  // Orders through its own port need a login.
  const livesForStandby = serves(fromStandby);
  const stillServes = fromHere?.gone === false || fromStandby?.gone === false;
  const port = storePort(environment, store);
  return [
    ...((await old.engineAnswers)
      ? [
          {
            method: "container-stopped",
            attempt: () =>
              fenceByEngine(old.host, old.engine.docker, store, { port, stillServes, drillId: request.id }),
          } as const,
        ]
      : []),
    ...(livesForStandby
      ? [{ method: "own-port", attempt: () => fenceByOwnPort(to, run.eyes, store, request.id) } as const]
      : []),
    { method: "fence-command", attempt: switchOff },
  ];
}

/** Fences one store of the old primary. Never throws: what could not be proved is an outcome. */
export async function fenceStore(
  run: UnplannedRun,
  store: StoreName,
  switchOff: () => Promise<string> = () => fenceByCommand(run.old.host),
): Promise<FenceOutcome> {
  const problems = (await run.old.engineAnswers) ? [] : [`its Docker engine does not answer`];
  for (const { method, attempt } of await waysToFence(run, store, switchOff)) {
    try {
      return { proved: true, method, detail: await attempt() };
    } catch (error) {
      problems.push(`${method}: ${messageOf(error)}`);
    }
  }
  return { proved: false, problems };
}

/** Looks at a fence once more, by the way it was proved. @throws Error when it no longer holds */
export async function fenceStillHolds(run: UnplannedRun, fence: Fence): Promise<void> {
  const { old, environment } = run;
  switch (fence.method) {
    case "container-stopped":
      await proveStopped(
        old.host,
        old.engine.docker.getContainer(containerName(fence.store)),
        storePort(environment, fence.store),
        1,
      );
      return;
    case "own-port":
      await proveSilenced(run.eyes, fence.store);
      return;
    case "fence-command":
      await proveOff(old.host);
      return;
    case "clean-shutdown":
    case "writes-paused":
    case "accepted-unfenced":
  }
}
