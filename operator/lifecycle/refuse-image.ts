import type Docker from "dockerode";
import { askImage, fetchImage, imageOfStore } from "../../drills/hosts/ask-image";
import { connectEngine } from "../../drills/hosts/engine";
import {
  DATA_FOLDERS,
  parsePostgresFit,
  parseRedisFit,
  parseTimescaledbInUse,
  POSTGRES_FIT,
  REDIS_FIT,
  REDIS_WRITES,
  TIMESCALEDB_IN_USE,
  type PostgresFit,
  type RedisFit,
} from "../../drills/hosts/image-fit";
import { readInContainer } from "../../drills/hosts/run-in-container";
import type { Environment } from "../../settings/environment";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { STORE_NAMES, type StoreName } from "../../settings/services";
import { messageOf } from "../../settings/user-error";
import type { HostStack } from "../failover/pair-stacks";
import type { Change } from "./refuse-changes";

/** What an `up` says of images while it asks them. */
export interface ImageCheck {
  /** Whether an image that a host lacks is fetched; a dry run leaves it. */
  readonly fetch: boolean;
  /** Is told what could not be asked, and why. */
  readonly phase: (words: string) => void;
  /** The environment file. */
  readonly file: string;
}

/**
 * What is declared as an image and cannot use the data that a host has: another major version of PostgreSQL, a Redis that does
 * not read what the running one writes, an image without the library of a TimescaleDB in use. The image's own server is asked,
 * before any container is touched; nothing of the pair changes. What cannot be asked is told, and left to the boot guard.
 */
export async function unfitImages(
  stacks: readonly Pick<HostStack, "host">[],
  environment: Environment,
  check: ImageCheck,
): Promise<readonly Change[]> {
  const asked = stacks.flatMap(({ host }) => STORE_NAMES.map((store) => unfitOn(host, store, environment, check)));
  return (await Promise.all(asked)).flat();
}

async function unfitOn(
  host: NamedHost,
  store: StoreName,
  environment: Environment,
  { fetch, phase, file }: ImageCheck,
): Promise<readonly Change[]> {
  const { image } = environment.services[store];
  const engine = connectEngine(host);
  const { docker } = engine;
  try {
    const found = await imageOfStore(docker, host.name, { store, image });
    if (found === "same") return [];
    if (found === "absent" && !fetch) {
      phase(`${host.name} does not have ${image} yet: whether it reads the data is asked when the run is executed`);
      return [];
    }
    if (found === "absent") await fetchImage(docker, host.name, image);
    return store === "redis"
      ? await unfitRedis(docker, host.name, image, file)
      : await unfitPostgres(docker, host.name, image, file);
  } catch (error) {
    phase(`${host.name}: ${image} could not be asked whether it reads the data of ${store}: ${messageOf(error)}`);
    return [];
  } finally {
    engine.close();
  }
}

async function unfitRedis(docker: Docker, host: string, image: string, file: string): Promise<readonly Change[]> {
  const written = await inRunning(docker, "redis", REDIS_WRITES);
  const form = /^[A-Z]+\d+$/.exec(written.trim())?.[0];
  const words = form === undefined ? [] : [form];
  const question = { store: "redis", image, script: REDIS_FIT, words, dataFolder: DATA_FOLDERS.redis } as const;
  const said = await askImage(docker, host, question);
  return said === undefined ? [] : redisChanges({ host, image, file }, parseRedisFit(said));
}

async function unfitPostgres(docker: Docker, host: string, image: string, file: string): Promise<readonly Change[]> {
  const dataFolder = DATA_FOLDERS.timescaledb;
  const question = { store: "timescaledb", image, script: POSTGRES_FIT, words: [], dataFolder } as const;
  const [said, used] = await Promise.all([
    askImage(docker, host, question),
    inRunning(docker, "timescaledb", TIMESCALEDB_IN_USE),
  ]);
  if (said === undefined) return [];
  return postgresChanges({ host, image, file }, parsePostgresFit(said), parseTimescaledbInUse(used));
}

/** What a script prints in a store's container; nothing where it does not run. */
function inRunning(docker: Docker, store: StoreName, script: string): Promise<string> {
  return readInContainer(docker, containerName(store), ["sh", "-c", script]).catch(() => "");
}

/** Where an image is declared, and of which host. */
export interface DeclaredImage {
  readonly host: string;
  readonly image: string;
  readonly file: string;
}

/** What an image of PostgreSQL cannot use. Pure. @param used databases by the version of TimescaleDB that they have */
export function postgresChanges(
  { host, image, file }: DeclaredImage,
  { data, server, timescaledb }: PostgresFit,
  used: ReadonlyMap<string, readonly string[]>,
): readonly Change[] {
  const field = "services.timescaledb.image";
  if (data !== null && server !== null && data !== server) {
    const words = `${field}: the data on ${host} are of PostgreSQL ${data}, and ${image} has PostgreSQL ${server}, which cannot use them`;
    return [{ words, way: `name an image of PostgreSQL ${data} in ${file}` }];
  }
  if (data === null || timescaledb === null) return [];
  return [...used]
    .filter(([version]) => !timescaledb.includes(version))
    .map(([version, databases]) => ({
      words: `${field}: TimescaleDB ${version} is in use on ${host} (${databases.join(", ")}), and ${image} has no library of it${timescaledb.length === 0 ? "" : `, only of ${timescaledb.join(", ")}`}`,
      way: `name an image with TimescaleDB ${version} in ${file}`,
    }));
}

/** What an image of Redis or Valkey cannot read. Pure. */
export function redisChanges({ host, image, file }: DeclaredImage, { server, refused }: RedisFit): readonly Change[] {
  if (refused.length === 0) return [];
  const words = `services.redis.image: Redis on ${host} has or writes data of the form ${refused.join(", ")}, and ${image} (${server ?? "its server"}) does not read them`;
  return [{ words, way: `name the image of before, or a newer one, in ${file}` }];
}
