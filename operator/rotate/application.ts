import { isVerifierOf, scramVerifier } from "../../drills/bootstrap/scram";
import { identifier, text } from "../../drills/bootstrap/applications/quote";
import { bounded } from "../../drills/hosts/bounded";
import { connectEngine, type HostEngine } from "../../drills/hosts/engine";
import { localServer } from "../../drills/hosts/local-postgres";
import { readInContainer } from "../../drills/hosts/run-in-container";
import { openRedis } from "../../drills/hosts/sessions";
import { sha256 } from "../../settings/application-secrets";
import { formerKey } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { containerName, filePath } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { UserError } from "../../settings/user-error";
import type { HostStack } from "../failover/pair-stacks";
import { applicationValues, type ApplicationStack } from "./application-values";
import type { Has, HostFacts } from "./plan";
import type { RotatedSecret, SecretAsked, SeenSecret } from "./rotated-secret";
import type { Values } from "./values";

const READ_MS = 20_000;

/**
 * The password of a declared application: of its role in PostgreSQL and, where it has one, of its user in Redis.
 * @throws UserError, exit code 2, when none of that name is declared, or it has no password
 */
export function applicationSecret(name: string | undefined, { applications }: Environment): RotatedSecret {
  const declared = name === undefined ? undefined : applications[name];
  const named = Object.entries(applications).flatMap(([one, { password }]) => (password === undefined ? [] : [one]));
  const key = declared?.password;
  if (name === undefined || declared === undefined || key === undefined) {
    const why = declared === undefined ? "no such application is declared" : "nobody logs in as it";
    const list = named.length === 0 ? "none has a password" : `with a password there are: ${named.join(", ")}`;
    throw new UserError(
      name === undefined ? `which application? ${list}` : `application ${name}: ${why}; ${list}`,
      `understudy rotate application ${named[0] ?? "NAME"}`,
      2,
    );
  }
  const application = { name, key, inRedis: declared.redis !== undefined };
  return {
    word: `application ${name}`,
    key,
    keepsOld: application.inRedis,
    read: (asked) => readApplication(application, asked),
    statement: (fresh) => `alter role ${identifier(name)} password ${text(scramVerifier(fresh))}`,
    // Nothing of ours logs in with it.
    sessions: (credentials) => credentials,
  };
}

interface ApplicationSecret {
  readonly name: string;
  readonly key: string;
  readonly inRedis: boolean;
}

/** What one host has of it: digests and a verifier alone; undefined: it could not be asked. */
interface Found {
  readonly files: readonly string[] | undefined;
  /** Null: there is no such role, or it has no password. */
  readonly verifier: string | null | undefined;
  readonly redis: readonly string[] | undefined;
}

async function readApplication(one: ApplicationSecret, asked: SecretAsked): Promise<SeenSecret> {
  const configs = await Promise.all(asked.stacks.map((stack) => readConfig(one, stack)));
  const found = await Promise.all(asked.stacks.map(({ host }) => readHost(one, host, asked)));
  const told = found.find((_each, at) => asked.roles[asked.stacks[at]?.host.name ?? ""] === "primary")?.verifier;
  const digests = [...new Set(found.flatMap(({ files }) => files ?? []))];
  const isTold = (password: string): boolean => isVerifierOf(told ?? null, password);
  const values = asked.known ?? applicationValues(configs, { key: one.key, given: asked.given, digests, isTold });
  const hosts = asked.stacks.map(({ host }, at): HostFacts => {
    const { files, verifier, redis } = found[at] ?? { files: undefined, verifier: undefined, redis: undefined };
    const config = configs[at];
    return {
      ...{ host: host.name, stack: host.stack, role: asked.roles[host.name] ?? "standby" },
      config: { current: config?.current === values.fresh ? "new" : "old", former: config?.former !== undefined },
      files: one.inRedis ? digestsHave(files, values) : null,
      postgres: verifierHas(verifier, values),
      redis: one.inRedis ? digestsHave(redis, values) : null,
    };
  });
  return { hosts, values };
}

async function readConfig({ key }: ApplicationSecret, one: HostStack): Promise<ApplicationStack> {
  const config = await one.stack.getAllConfig();
  const valueOf = (name: string): string | undefined => config[`understudy:${name}`]?.value;
  return { stack: one.host.stack, current: valueOf(key), former: valueOf(formerKey(key)) };
}

/** Which values digests are of: the new one and any other are both. Pure. */
export function digestsHave(digests: readonly string[] | undefined, { old, fresh }: Values): Has {
  if (digests === undefined) return "unknown";
  const coming = fresh !== null && digests.includes(sha256(fresh));
  const others = digests.filter((one) => fresh === null || one !== sha256(fresh));
  if (others.length === 0) return coming ? "new" : "other";
  if (coming) return "both";
  // Before anything has begun it has to be the one in the config.
  return fresh === null && !others.includes(old ?? "") ? "other" : "old";
}

/** Which value a verifier is of: one of a role that has another than the new one is the former one's. Pure. */
export function verifierHas(verifier: string | null | undefined, { fresh }: Values): Has {
  if (verifier === undefined) return "unknown";
  if (verifier === null) return "other";
  return fresh !== null && isVerifierOf(verifier, fresh) ? "new" : "old";
}

async function readHost(one: ApplicationSecret, host: NamedHost, asked: SecretAsked): Promise<Found> {
  const engine = connectEngine(host);
  const quiet = <T>(work: Promise<T>): Promise<T | undefined> => work.catch(() => undefined);
  try {
    const [files, verifier, redis] = await Promise.all([
      one.inRedis ? quiet(readFile(one, engine)) : undefined,
      quiet(readVerifier(one, host, engine)),
      one.inRedis ? quiet(readUser(one, host, asked)) : undefined,
    ]);
    return { files, verifier, redis };
  } finally {
    engine.close();
  }
}

async function readFile({ name }: ApplicationSecret, { docker }: HostEngine): Promise<readonly string[]> {
  const said = await readInContainer(docker, containerName("redis"), ["cat", filePath("users.acl")]);
  return digestsOf(name, said.split("\n"));
}

async function readVerifier(
  { name }: ApplicationSecret,
  host: NamedHost,
  { docker }: HostEngine,
): Promise<string | null> {
  const server = localServer(docker, host.name);
  try {
    const sql = await bounded(`${host.name}: PostgreSQL`, READ_MS, server.open("template1"));
    const { rows } = await sql.query<{ kept: string | null }>(
      "select rolpassword as kept from pg_authid where rolname = $1",
      [name],
    );
    return rows[0]?.kept ?? null;
  } finally {
    server.close();
  }
}

async function readUser(
  { name }: ApplicationSecret,
  host: NamedHost,
  { environment, credentials }: SecretAsked,
): Promise<readonly string[]> {
  const redis = await bounded(`${host.name}: Redis`, READ_MS, openRedis(host, environment, credentials));
  try {
    return digestsOf(name, (await redis.command("ACL", "LIST")) as readonly string[]);
  } finally {
    redis.close();
  }
}

/** The digests in the line of one user, of a file of users or of ACL LIST. Pure. */
export function digestsOf(name: string, lines: readonly string[]): readonly string[] {
  const words = lines.map((line) => line.trim().split(" ")).find(([user, who]) => user === "user" && who === name);
  return (words ?? []).flatMap((word) => /^#([0-9a-f]{64})$/.exec(word)?.[1] ?? []);
}
