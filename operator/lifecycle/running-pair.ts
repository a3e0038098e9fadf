import { connect } from "node:net";
import { bounded } from "../../drills/hosts/bounded";
import { connectEngine, sshArguments, type HostEngine } from "../../drills/hosts/engine";
import { GENERATIONS } from "../../drills/hosts/files-volume";
import { CONTAINER_OF, keyOf, rejectedPasswords, type StorePassword } from "../../drills/hosts/rejected-passwords";
import { readInContainer } from "../../drills/hosts/run-in-container";
import { credentialsFrom, type Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { containerName, FILES_FOLDER, GUARD_FOLDER } from "../../settings/names";
import { namedHosts, type NamedHost } from "../../settings/pair";
import { SERVICES } from "../../settings/services";
import { appliedPasswords } from "../failover/applied-declaration";
import type { HostStack } from "../failover/pair-stacks";
import { exportState, resourcesOf } from "../failover/stack-state";
import { plainChanges, readEncryption } from "./encryption-state";
import { readRedisEncryption } from "./redis-encryption-state";
import { readSuperuserAccess, superuserChanges } from "./superuser-clients";
import {
  declaredChanges,
  keptChanges,
  passwordChanges,
  superuserChange,
  STORE_CONTAINERS,
  type Change,
  type MadeOf,
  type RejectedPassword,
} from "./refuse-changes";

const ENGINE_MS = 8000;
const REACHED_MS = 3000;

/**
 * What is declared now, in the environment file and in each stack's config, that the running pair cannot take. Changes
 * nothing. Of a host without containers, or that does not answer, nothing is known: it is no change.
 * @param file where the environment was read from
 */
export async function unacceptableChanges(
  stacks: readonly HostStack[],
  environment: Environment,
  file: string,
): Promise<readonly Change[]> {
  const changes = await Promise.all(stacks.map((one) => changesOn(one, environment, file)));
  return changes.flat();
}

async function changesOn({ host, stack }: HostStack, environment: Environment, file: string): Promise<Change[]> {
  const config = await stack.getAllConfig();
  const credentials = credentialsFrom((key) => config[`understudy:${key}`]?.value);
  const peer = namedHosts(environment).find(({ name }) => name !== host.name);
  const engine = connectEngine(host);
  try {
    const [made, rejected, access, postgres, redis, applied] = await Promise.all([
      readMadeOf(host, engine, environment),
      rejectedPasswords(host, environment, credentials),
      readSuperuserAccess(host, engine),
      readEncryption(host, engine),
      readRedisEncryption(host, engine),
      exportState(stack, "shown").then(
        (state) => appliedPasswords(resourcesOf(state)),
        () => ({}),
      ),
    ]);
    const hasCertificates = credentials.clients !== undefined;
    const described = await Promise.all(rejected.map((one) => describe(one, host, engine, credentials)));
    return [
      ...declaredChanges({ host, peer }, environment, made, file),
      ...passwordChanges(host, described),
      ...superuserChange(host, credentials, applied),
      ...keptChanges(host, credentials, applied),
      ...superuserChanges(host, environment, access, file),
      ...plainChanges(host, environment, { program: "PostgreSQL", found: postgres, hasCertificates, file }),
      ...plainChanges(host, environment, { program: "Redis", found: redis, hasCertificates, file }),
    ];
  } finally {
    engine.close();
  }
}

/** What the containers of a host's stores were made with; those that are there. */
async function readMadeOf(
  host: NamedHost,
  { docker }: HostEngine,
  { ports }: Pick<Environment, "ports">,
): Promise<readonly MadeOf[]> {
  const read = await Promise.all(
    STORE_CONTAINERS.map(async ({ store, container, inside }): Promise<readonly MadeOf[]> => {
      try {
        const asked = docker.getContainer(container).inspect();
        const { Config: config, HostConfig: hostConfig, State: state } = await bounded(host.name, ENGINE_MS, asked);
        const bindings = (hostConfig.PortBindings ?? {}) as Readonly<
          Record<string, { HostIp?: string; HostPort?: string }[] | null>
        >;
        const port = Number(bindings[inside]?.[0]?.HostPort ?? Number.NaN);
        const variables = config.Env.map((line): [string, string] => {
          const at = line.indexOf("=");
          return [line.slice(0, at), line.slice(at + 1)];
        });
        const healthy = state.Running && state.Health?.Status === "healthy";
        // Where encryption is required, Redis listens at its other port alone.
        const either = [ports[SERVICES[store].ports[0].key], ...(store === "redis" ? [ports.redis_tls] : [])];
        const reached = healthy && (await anyListens(host.address, either));
        const published = Number.isInteger(port) ? port : null;
        const listens = (bindings[inside] ?? []).map(({ HostIp: ip }) =>
          ip === undefined || ip === "" ? "0.0.0.0" : ip,
        );
        return [{ store, variables: new Map(variables), published, listens, healthy, reached }];
      } catch {
        return [];
      }
    }),
  );
  return read.flat();
}

async function anyListens(address: string, ports: readonly number[]): Promise<boolean> {
  return (await Promise.all(ports.map((port) => listensAt(address, port)))).includes(true);
}

/** Whether somebody takes a connection there within a few seconds. */
function listensAt(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: REACHED_MS });
    const settle = (listens: boolean): void => {
      socket.destroy();
      resolve(listens);
    };
    socket.once("connect", () => settle(true));
    socket.once("timeout", () => settle(false));
    socket.once("error", () => settle(false));
  });
}

/** A store that was made with another password still has it: in its files, or in those of before. */
async function describe(
  password: StorePassword,
  host: NamedHost,
  { docker }: HostEngine,
  credentials: Credentials,
): Promise<RejectedPassword> {
  const container = containerName(CONTAINER_OF[password]);
  // The last is where a container of an earlier version has it.
  const folders = [...["current", ...GENERATIONS].map((one) => `${FILES_FOLDER}/${one}`), `${GUARD_FOLDER}/secrets`];
  const files = folders.map((folder) => `${folder}/${password}`);
  const had = await Promise.all(files.map((one) => readInContainer(docker, container, ["cat", one]).catch(() => null)));
  const file = files.find((_one, at) => typeof had[at] === "string" && had[at] !== credentials[password]);
  const old = file && ["ssh", ...sshArguments(host), "docker", "exec", container, "cat", file].join(" ");
  return { password, key: keyOf(password), old };
}
