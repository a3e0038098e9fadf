import type { StorePassword } from "../../drills/hosts/rejected-passwords";
import { canonicalAddress, covers, hostPort } from "../../settings/address";
import { CREDENTIAL_KEYS, type Credentials, type Passwords } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { rotatedOf } from "../rotate/secrets";
import { UserError } from "../../settings/user-error";
import { SERVICES, STORE_NAMES, type StoreName } from "../../settings/services";

/** A change of what is declared that a running pair cannot take, and the way to go. */
export interface Change {
  readonly words: string;
  readonly way: string;
}

/** What a store's container was made with, as its engine says. */
export interface MadeOf {
  readonly store: StoreName;
  readonly variables: ReadonlyMap<string, string>;
  /** The port of the host that its own is published on; null when none is. */
  readonly published: number | null;
  /** The addresses of the host that it is published on. */
  readonly listens: readonly string[];
  /** Its own health check, inside the container, says that it serves. */
  readonly healthy: boolean;
  /** Something listens at the address and port that are declared for it. */
  readonly reached: boolean;
}

/** A password that a living store of a host does not accept. */
export interface RejectedPassword {
  readonly password: StorePassword;
  /** The key of the stack's config that it comes from. */
  readonly key: string;
  /** A command that prints the one that the store was made with; undefined where its container has the new one too. */
  readonly old: string | undefined;
}

function wayToRotate(password: keyof Passwords): string {
  return `give it to the running pair: understudy rotate ${rotatedOf(password)} --execute`;
}

/**
 * The superuser's password, where no session of ours logs in with it and the servers cannot be asked that way: another one
 * than the host was brought up with. @param applied by the stack's state
 */
export function superuserChange(
  { stack, name }: NamedHost,
  { postgres, roles, before }: Partial<Credentials>,
  applied: Readonly<Record<string, unknown>>,
): Change[] {
  const then = applied["postgres"];
  const same = typeof then !== "string" || then === postgres || then === before?.postgres;
  if (roles === undefined || postgres === undefined || same) return [];
  const words = `understudy:${CREDENTIAL_KEYS.postgres} of stack ${stack}: ${name} was brought up with another one, and its password cannot be changed by the config`;
  return [{ words, way: wayToRotate("postgres") }];
}

const KEPT_BY = {
  grafana: "Grafana keeps its password in its own database",
  backup: "its repository of backups has its own keys",
} as const;

/** Passwords that no session of ours logs in to a store with, others than the host was brought up with. @param applied by the stack's state */
export function keptChanges(
  { stack, name }: NamedHost,
  credentials: Partial<Credentials>,
  applied: Readonly<Record<string, unknown>>,
): Change[] {
  return (["grafana", "backup"] as const).flatMap((one) => {
    const [then, now, former] = [applied[one], credentials[one], credentials.before?.[one]];
    if (typeof then !== "string" || now === undefined || then === now || then === former) return [];
    const words = `understudy:${CREDENTIAL_KEYS[one]} of stack ${stack}: ${name} was brought up with another one, and ${KEPT_BY[one]}`;
    return [{ words, way: wayToRotate(one) }];
  });
}

/** Passwords are in the stores' data: the config alone does not change them. */
export function passwordChanges(host: NamedHost, rejected: readonly RejectedPassword[]): Change[] {
  return rejected.map(({ password, key, old }) => ({
    words: `understudy:${key} of stack ${host.stack}: ${password === "redis" ? "Redis" : "PostgreSQL"} on ${host.name} does not accept it, and its password cannot be changed by the config`,
    way: `${wayToRotate(password)}; or put the old one back: ${old === undefined ? "" : `${old} | `}pulumi -s ${host.stack} config set --secret understudy:${key}`,
  }));
}

/**
 * What is declared otherwise than a host's stores were made with. A pair that grows or shrinks is none of it: only what
 * both have is compared. @param file the environment file
 */
export function declaredChanges(
  { host, peer }: { readonly host: NamedHost; readonly peer: NamedHost | undefined },
  environment: Pick<Environment, "ports">,
  made: readonly MadeOf[],
  file: string,
): Change[] {
  const found = new Map<string, string>();
  const changed = (setting: string, was: string | undefined, is: string | undefined, way: string): void => {
    if (was === undefined || is === undefined || was === "" || was === is) return;
    found.set(`${setting}: ${host.name} runs with ${was}, declared is ${is}`, way);
  };
  const anew = `put the old value back in ${file}; or, with an interruption, understudy down --env-config ${file} --execute, then understudy up --env-config ${file} --execute`;
  for (const { store, variables, published, listens, healthy, reached } of made) {
    const port = environment.ports[SERVICES[store].ports[0].key];
    const nameBack = (was: string | undefined): string =>
      `put the name ${was ?? ""} back in ${file}, and in understudy:host of its stack: a host of a pair keeps its name`;
    const [name, peerName] = [variables.get("UNDERSTUDY_HOST"), variables.get("UNDERSTUDY_PEER_HOST")];
    changed("name of a host", name, host.name, nameBack(name));
    changed("name of the other host", peerName, peer?.name, nameBack(peerName));
    changed(
      `hosts.${peer?.name ?? ""}.replication_address`,
      variables.get("UNDERSTUDY_PEER_ADDRESS"),
      peer?.replication_address,
      anew,
    );
    changed(
      `ports.${SERVICES[store].ports[0].key}`,
      published === null ? undefined : String(published),
      String(port),
      anew,
    );
    const tls = variables.get("UNDERSTUDY_PEER_TLS_PORT");
    if (store === "redis") changed("ports.redis_tls", tls, String(environment.ports.redis_tls), anew);
    const address = canonicalAddress(host.address);
    // Where its container does not listen yet nobody answers, and a new one will: whether it can is asked of the host.
    const expected = address === undefined || covers(listens, address);
    if (healthy && !reached && published === port && expected) {
      const words = `hosts.${host.name}.address: ${store} on ${host.name} is healthy, and nothing answers at ${hostPort(host.address, port)}`;
      found.set(words, `declare in ${file} the address at which clients reach ${host.name}`);
    }
  }
  return [...found].map(([words, way]) => ({ words, way }));
}

/** All of them in one refusal, before anything is changed; undefined when there are none. */
export function refusalOfChanges(changes: readonly Change[]): UserError | undefined {
  if (changes.length === 0) return undefined;
  const ways = [...new Set(changes.map(({ way }) => way))];
  return new UserError(
    `a running pair cannot take this change, and nothing was changed. ${changes.map(({ words }) => words).join(". ")}`,
    ways.join("; and "),
    3,
  );
}

/** The name of a store's container, and its port's name for the engine. */
export const STORE_CONTAINERS = STORE_NAMES.map((store) => ({
  store,
  container: containerName(store),
  inside: `${String(SERVICES[store].ports[0].inside)}/tcp`,
}));
