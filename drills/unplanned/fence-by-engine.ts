import type Docker from "dockerode";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { bounded } from "../hosts/bounded";
import { markFenced } from "../hosts/mark-fenced";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import type { StoreName } from "../../settings/services";
import { messageOf } from "../../settings/user-error";

/** Whether a connection to `address:port` is refused; silence and success are not refusals. */
export function portRefuses(address: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const settle = (refused: boolean): void => {
      socket.destroy();
      resolve(refused);
    };
    socket.setTimeout(timeoutMs, () => settle(false));
    socket.once("connect", () => settle(false));
    socket.once("error", (error: NodeJS.ErrnoException) => settle(error.code === "ECONNREFUSED"));
  });
}

const ENGINE_MS = 3000;
/** A store that still serves somebody is stopped in order, so that its standby gets what is on the way. */
const ORDERLY_STOP_SECONDS = 15;
const LOOKS = 2;
const BETWEEN_LOOKS_MS = 50;
const REFUSES_MS = 1000;

/**
 * Stops a store's container by its host's Docker engine. A container stopped by hand is not started again by its
 * restart policy while the engine runs; after that its boot guard finds the mark of the fence on its volume.
 * @returns the proof in words: not running and refusing, seen twice
 * @throws Error saying what was not proved
 */
export async function fenceByEngine(
  host: NamedHost,
  docker: Docker,
  store: StoreName,
  { port, stillServes, drillId }: { port: number; stillServes: boolean; drillId: string },
): Promise<string> {
  const container = docker.getContainer(containerName(store));
  const ask = <T>(work: Promise<T>, milliseconds = ENGINE_MS): Promise<T> =>
    bounded(`${host.name}: Docker engine`, milliseconds, work);
  if (await ask(isAbsent(container))) return proveStopped(host, container, port);
  const { State: state } = await ask(container.inspect());
  if (state.Running) {
    if (stillServes) await ask(container.stop({ t: ORDERLY_STOP_SECONDS }), (ORDERLY_STOP_SECONDS + 5) * 1000);
    else await ask(container.kill());
  }
  // It would start again with its engine, and asks a peer that may be silent then.
  await ask(markFenced(docker, store, drillId)).catch((error: unknown) => {
    throw new Error(`its container was stopped, and its volume could not be marked as fenced: ${messageOf(error)}`);
  });
  return proveStopped(host, container, port);
}

const ABSENT = { Running: false, Restarting: false, Status: "absent", ExitCode: null } as const;

/** Whether the engine, which answers, has no such container: then nothing can start it. @throws Error of any other kind */
async function isAbsent(container: Docker.Container): Promise<boolean> {
  return container.inspect().then(
    () => false,
    (error: unknown) => {
      if ((error as { statusCode?: number }).statusCode === 404) return true;
      throw error;
    },
  );
}

/**
 * Sees, twice or as often as `looks` says, that the container does not run and its port refuses.
 * @throws Error saying what was seen instead
 */
export async function proveStopped(
  host: NamedHost,
  container: Docker.Container,
  port: number,
  looks = LOOKS,
): Promise<string> {
  let status = "";
  for (let look = 1; look <= looks; look += 1) {
    if (look > 1) await sleep(BETWEEN_LOOKS_MS);
    const absent = await bounded(`${host.name}: Docker engine`, ENGINE_MS, isAbsent(container));
    const state = absent
      ? ABSENT
      : (await bounded(`${host.name}: Docker engine`, ENGINE_MS, container.inspect())).State;
    if (state.Running || state.Restarting) throw new Error(`its container is ${state.Status} on ${host.name}`);
    if (!(await portRefuses(host.address, port, REFUSES_MS))) {
      throw new Error(`port ${port} of ${host.name} does not refuse, though the container is ${state.Status}`);
    }
    status = `container ${state.Status} (exit code ${state.ExitCode}), port ${port} refuses, seen ${look} times`;
  }
  return status;
}
