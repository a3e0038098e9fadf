import { connect } from "node:net";
import { SERVICE_NAMES, SERVICE_PORTS, type ServiceName } from "../../settings/services";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import { connectEngine } from "../../drills/hosts/engine";
import { readContainerStates } from "../../drills/hosts/container-state";
import { good, problem, type Finding } from "./finding";

const CONNECT_MS = 3000;

/** What a port says from here. */
export type PortState = "open" | "refused" | "silent";

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
  const [running, states] = await Promise.all([
    runningServices(host),
    Promise.all(SERVICE_PORTS.map(({ key }) => portState(host.address, environment.ports[key]))),
  ]);
  const encrypted = await portState(host.address, environment.ports.redis_tls);
  const ports = SERVICE_PORTS.map(({ key, service }, at): SeenPort => {
    const runs = running.get(service) ?? null;
    return { name: key, port: environment.ports[key], state: states[at] ?? "silent", running: runs };
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

/** Whether each service's container runs on a host; null where the engine did not say. */
export async function runningServices(host: NamedHost): Promise<ReadonlyMap<ServiceName, boolean | null>> {
  const engine = connectEngine(host);
  try {
    const states = await readContainerStates(host, engine, SERVICE_NAMES);
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
