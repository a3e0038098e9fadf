import { connect } from "node:net";
import { isClosed, portTable, type PortRow } from "../../settings/front";
import { containerName } from "../../settings/names";
import { isService, SERVICE_NAMES, type ContainerName } from "../../settings/services";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import { connectEngine } from "../../drills/hosts/engine";
import { readContainerStates } from "../../drills/hosts/container-state";
import { madePortsOf } from "../../drills/hosts/listening";
import type { PortState } from "../../drills/hosts/knock";
import { good, problem, type Finding } from "./finding";

const CONNECT_MS = 3000;

/** Connects and hangs up; silence is asked once more, since one packet may be lost. */
export async function portState(address: string, port: number): Promise<PortState> {
  const state = await knock(address, port);
  return state === "silent" ? knock(address, port) : state;
}

function knock(address: string, port: number): Promise<PortState> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: CONNECT_MS });
    const end = (state: PortState): void => {
      socket.destroy();
      resolve(state);
    };
    socket.on("connect", () => end("open"));
    socket.on("timeout", () => end("silent"));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code === "ECONNREFUSED" ? "refused" : "silent"));
  });
}

/** One published port as it is seen from here. */
export interface SeenPort {
  readonly name: string;
  readonly port: number;
  readonly state: PortState;
  /** Whether its service's container runs; null when that could not be read. */
  readonly running: boolean | null;
}

/** Whether each published port of a host answers from here, or is free where its service does not run. */
export async function portFindings(host: NamedHost, environment: Environment): Promise<readonly Finding[]> {
  const rows = (await portRows(host, environment)).filter(({ audience }) => audience === "clients");
  const services = rows.filter(({ container }) => isService(container));
  const [running, states] = await Promise.all([
    runningServices(host),
    Promise.all(services.map(({ port }) => portState(host.address, port))),
  ]);
  const encrypted = await portState(host.address, environment.ports.redis_tls);
  const ports = services.map(({ key, port, container }, at): SeenPort => {
    const runs = running.get(container) ?? null;
    return { name: key, port, state: states[at] ?? "silent", running: runs };
  });
  return [portsFinding(host.name, withEncryptedRedis(ports, encrypted, environment))];
}

/** The ports with the one at which Redis encrypts: instead of the plain one, where that is closed; beside it, where it is needed. */
export function withEncryptedRedis(
  ports: readonly SeenPort[],
  state: PortState,
  { ports: declared, encryption }: Pick<Environment, "ports" | "encryption">,
): readonly SeenPort[] {
  return ports.flatMap((seen) => {
    if (seen.name !== "redis" || encryption === "plain") return [seen];
    const encrypted: SeenPort = { ...seen, name: "redis_tls", port: declared.redis_tls, state };
    if (state === "open") return seen.state === "open" ? [seen, encrypted] : [encrypted];
    return encryption === undefined ? [seen] : [seen, encrypted];
  });
}

/** What a host publishes now, by the labels of its containers; as without certificates where its engine does not say. */
export async function portRows(host: NamedHost, environment: Environment): Promise<readonly PortRow[]> {
  const made = await madePortsOf(host).catch(() => new Map());
  return portTable(environment, { front: made.has(containerName("front")), closed: isClosed(made) });
}

/** Whether the containers of a host's services, and of its front, run; null where the engine did not say. */
export async function runningServices(host: NamedHost): Promise<ReadonlyMap<ContainerName, boolean | null>> {
  const engine = connectEngine(host);
  try {
    const states = await readContainerStates(host, engine, [...SERVICE_NAMES, "front"] as const);
    return new Map(
      states.map(({ service, container }) => [
        service,
        container.read ? container.running : container.missing ? false : null,
      ]),
    );
  } finally {
    engine.close();
  }
}

/** The ports of one host in one line: a service that runs must answer, and where none runs nobody else may. */
export function portsFinding(host: string, ports: readonly SeenPort[]): Finding {
  const words = (some: readonly SeenPort[]): string =>
    some.map(({ name, port, state }) => `${name} (${port}) ${state}`).join(", ");
  const silent = ports.filter(({ state }) => state === "silent");
  if (silent.length > 0) {
    return problem("ports", host, words(silent), `is ${host} up, and does its firewall let this machine through?`);
  }
  const taken = ports.filter(({ state, running }) => state === "open" && running === false);
  if (taken.length > 0) {
    return problem(
      "ports",
      host,
      `${words(taken)}, and no service of ours runs there`,
      "stop what listens there, or choose another port in the environment file",
    );
  }
  const closed = ports.filter(({ state, running }) => state === "refused" && running === true);
  if (closed.length > 0) return problem("ports", host, `${words(closed)}, and its container runs`, "understudy status");
  const open = ports.filter(({ state }) => state === "open").length;
  return good("ports", host, `${open} answer, ${ports.length - open} are free`);
}
