import { ErrorReply } from "@redis/client";
import type { ClientCertificate } from "../../settings/certificates/clients";
import { encryptionOf, usesEncryption } from "../../settings/encryption";
import type { Environment } from "../../settings/environment";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { SERVICES } from "../../settings/services";
import { bounded } from "./bounded";
import { connectEngine } from "./engine";
import type { RedisSession } from "./redis";
import { readInContainer } from "./run-in-container";

/** One way of a session to a host's Redis: by this port, encrypted with this certificate, or plain. */
export interface RedisWay {
  readonly port: number;
  readonly tls?: ClientCertificate | undefined;
}

type Ports = Pick<Environment, "ports" | "encryption">;

/**
 * The ways of a session of ours, in the order in which they are tried. Where a pair is on its way from one mode to another,
 * a server may not have gone along yet.
 * @param client undefined where the stack has no certificates
 */
export function redisWaysTo(environment: Ports, client: ClientCertificate | undefined): readonly RedisWay[] {
  const plain: RedisWay = { port: environment.ports.redis };
  if (client === undefined || encryptionOf(environment, true) === "plain") return [plain];
  const encrypted: RedisWay = { port: environment.ports.redis_tls, tls: client };
  return usesEncryption(encryptionOf(environment, true)) ? [encrypted, plain] : [plain, encrypted];
}

/** What a port says where nothing listens: at once, and by its machine. */
const NOBODY_LISTENS = new Set(["ECONNREFUSED", "ECONNRESET", "ERR_TLS_ENDED"]);

/**
 * Opens a session by the first way that a server takes. Plain after encrypted only where the host itself says that its Redis
 * does not encrypt yet; encrypted after plain where nothing listens plain any more.
 * @throws Error of the first way, unless the server answered by the other one
 */
export async function connectRedisBy(
  ways: readonly RedisWay[],
  connect: (way: RedisWay) => Promise<RedisSession>,
  isPlain: () => Promise<boolean>,
): Promise<RedisSession> {
  const [first, second] = ways;
  if (first === undefined) throw new Error("no way to Redis");
  try {
    return await connect(first);
  } catch (error) {
    if (second === undefined || !NOBODY_LISTENS.has(codeOf(error))) throw error;
    if (first.tls !== undefined && !(await isPlain())) throw error;
    return connect(second).catch((then: unknown) => {
      throw then instanceof ErrorReply || second.tls !== undefined ? then : error;
    });
  }
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return (error as { code?: string } | null)?.code ?? "";
}

/** With what an attempt to connect may take, this stays below the bound of a session. */
const SAID_MS = 4000;

/** Whether a host itself says, by the way to its engine, that its Redis does not encrypt; what a port says alone is no reason. */
export async function isRedisPlainByItsHost(host: NamedHost): Promise<boolean> {
  const engine = connectEngine(host);
  try {
    const file = `${SERVICES.redis.guardFolder}/encryption`;
    const words = ["sh", "-c", `cat ${file} 2>/dev/null || echo plain off`];
    const asked = readInContainer(engine.docker, containerName("redis"), words);
    return /^\w+ off\b/.test(await bounded(`${host.name}: Docker engine`, SAID_MS, asked));
  } catch {
    return false;
  } finally {
    engine.close();
  }
}

/**
 * The port by which a server is to follow its peer: as its boot guard has it replicate, encrypted or not.
 * @throws Error of the session
 */
export async function followPort(
  follower: Pick<RedisSession, "command">,
  { ports }: Pick<Environment, "ports">,
): Promise<number> {
  const said = await follower.command("CONFIG", "GET", "tls-replication");
  return Array.isArray(said) && said[1] === "yes" ? ports.redis_tls : ports.redis;
}
