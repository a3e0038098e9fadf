import { bounded } from "../../drills/hosts/bounded";
import { readContainerStates, type ContainerState } from "../../drills/hosts/container-state";
import { connectEngine, sshArguments } from "../../drills/hosts/engine";
import type { Environment } from "../../settings/environment";
import { containerName } from "../../settings/names";
import { declaredContainers, namedHosts, type NamedHost } from "../../settings/pair";
import { isService, type ContainerName } from "../../settings/services";

/** A container beside the services that does not work: one that watches, carries clients, or keeps backups. */
export interface ContainerTrouble {
  readonly host: string;
  readonly container: ContainerName;
  readonly reason: string;
  /** The command that shows more, or mends it. */
  readonly next: string;
}

const READ_MS = 8000;

/**
 * What is wrong with such a container, as its engine has it; undefined when nothing is, or the engine does not say. Pure.
 * @param next the command that shows what the container says
 */
export function containerTrouble(
  state: ContainerState,
  next: string,
): Pick<ContainerTrouble, "reason" | "next"> | undefined {
  if (!state.read) return state.missing ? { reason: "there is no container", next: "understudy up" } : undefined;
  if (state.status === "restarting") return { reason: "its container ends and is started again and again", next };
  if (!state.running) return { reason: `its container is ${state.status}`, next };
  if (state.health !== "unhealthy") return undefined;
  return { reason: state.said === "" ? "its container is unhealthy" : state.said, next };
}

/** The declared containers of one host that are no service. The front is asked by `doctor`, which knows of certificates. */
export function otherContainers(environment: Environment): readonly ContainerName[] {
  return declaredContainers(environment).filter((name) => !isService(name));
}

/** Those of one host that do not work; undefined where its engine does not answer in time. */
export async function readContainerTroubles(
  host: NamedHost,
  environment: Environment,
): Promise<readonly ContainerTrouble[] | undefined> {
  const names = otherContainers(environment);
  if (names.length === 0) return [];
  const engine = connectEngine(host);
  try {
    const states = await bounded(`${host.name}: containers`, READ_MS, readContainerStates(host, engine, names));
    if (states.some(({ container }) => !container.read && !container.missing)) return undefined;
    return states.flatMap(({ service: container, container: state }) => {
      const trouble = containerTrouble(state, logsOf(host, container));
      return trouble === undefined ? [] : [{ host: host.name, container, ...trouble }];
    });
  } catch {
    return undefined;
  } finally {
    engine.close();
  }
}

function logsOf(host: NamedHost, container: ContainerName): string {
  return `ssh ${sshArguments(host).join(" ")} docker logs --tail 20 ${containerName(container)}`;
}

/** Those of every host whose engine answers: what ails another one is told of its services. */
export async function readOtherContainers(environment: Environment): Promise<readonly ContainerTrouble[]> {
  const all = await Promise.all(namedHosts(environment).map((host) => readContainerTroubles(host, environment)));
  return all.flatMap((one) => one ?? []);
}

/** A trouble as a line. */
export function troubleWords({ host, container, reason }: ContainerTrouble): string {
  return `${host} ${container}: ${reason}`;
}
