import { connectEngine } from "../../drills/hosts/engine";
import { tryPostgres } from "../../drills/hosts/server-settings/postgres-trial";
import { tryRedis } from "../../drills/hosts/server-settings/redis-trial";
import { checkIn, tryService } from "../../drills/hosts/server-settings/service-trial";
import type { Trial } from "../../drills/hosts/server-settings/trial";
import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import { postgresLayers, PRELOAD, redisLayers, type LayeredSetting } from "../../settings/server/layers";
import { isStore, OTHER_SERVICES, STORE_NAMES, type ServiceName } from "../../settings/services";
import { messageOf, UserError } from "../../settings/user-error";
import { trialTexts } from "./service-plan";

/** What one service of one host says of the declared settings. */
export interface TriedSettings {
  readonly host: string;
  readonly store: ServiceName;
  readonly trial: Trial;
}

/** Asks every host's servers whether they would start with what is declared; nothing changes, never throws. */
export async function trySettings(environment: Environment): Promise<readonly TriedSettings[]> {
  const tried = await Promise.all(
    namedHosts(environment).map(async (host) => {
      const engine = connectEngine(host);
      try {
        const others = OTHER_SERVICES.map(async (service): Promise<TriedSettings[]> => {
          const [texts, check] = [trialTexts(environment, service), checkIn(engine.docker, service)];
          // A stand-in is another program: what it would say is nothing of the product's.
          if (!texts || !check || environment.services[service].stand_in !== undefined) return [];
          return [{ host: host.name, store: service, trial: await tryService(check, texts) }];
        });
        const stores = await Promise.all(
          STORE_NAMES.map(async (store): Promise<TriedSettings> => {
            const asked =
              store === "timescaledb"
                ? tryPostgres(engine.docker, postgresLayers(environment))
                : tryRedis(engine.docker, redisLayers(environment));
            const trial = await asked.catch((error: unknown): Trial => ({ kind: "untried", words: messageOf(error) }));
            return { host: host.name, store, trial };
          }),
        );
        return [...stores, ...(await Promise.all(others)).flat()];
      } finally {
        engine.close();
      }
    }),
  );
  return tried.flat();
}

/** The field of the environment file that a refused name comes from. */
function fieldOf(store: ServiceName, name: string, layers: readonly LayeredSetting[]): string {
  if (!isStore(store)) return `${store}.settings.${name}`;
  const library = name.startsWith(`${PRELOAD} `) ? name.slice(PRELOAD.length + 1) : undefined;
  if (library !== undefined) return `timescaledb.preload: ${library}`;
  const layer = layers.find((one) => one.name === name);
  return layer?.layer === "tuned" ? `services.timescaledb.memory_mib: ${name}` : (layer?.from ?? `${store}: ${name}`);
}

function layersOf(
  environment: Pick<Environment, "services" | "timescaledb" | "redis">,
  store: ServiceName,
): readonly LayeredSetting[] {
  if (!isStore(store)) return [];
  return store === "timescaledb" ? postgresLayers(environment) : redisLayers(environment);
}

/** What a server says before its words: when, which process, which level; in any form. */
function shortened(words: string): string {
  const text = words.replaceAll(/\s+/g, " ").trim();
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

/** Every setting that a server refuses, with the field that has it. Pure. */
export function refusedFields(
  environment: Pick<Environment, "services" | "timescaledb" | "redis">,
  tried: readonly TriedSettings[],
): readonly string[] {
  return tried.flatMap(({ host, store, trial }) => {
    const layers = layersOf(environment, store);
    if (trial.kind === "refused") {
      const alone = trial.alone.map(
        ({ name, words }) => `${fieldOf(store, name, layers)}: ${host} refuses it: ${shortened(words)}`,
      );
      return alone.length > 0
        ? alone
        : [`${store}.settings: ${host} refuses what they are together: ${shortened(trial.words)}`];
    }
    const limit = environment.services[store].memory_mib;
    if (trial.kind === "taken" && trial.sharedMemoryMib !== null && trial.sharedMemoryMib > limit) {
      return [
        `timescaledb.settings: PostgreSQL on ${host} would take ${trial.sharedMemoryMib} MiB of shared memory, and services.timescaledb.memory_mib is ${limit}`,
      ];
    }
    return [];
  });
}

/** Why an `up` does not begin: what a server does not take. Pure. @param file the environment file */
export function refusalOfSettings(
  environment: Pick<Environment, "services" | "timescaledb" | "redis">,
  tried: readonly TriedSettings[],
  file: string,
): UserError | undefined {
  const fields = refusedFields(environment, tried);
  if (fields.length === 0) return undefined;
  return new UserError(
    `a server would not start with what ${file} says, and nothing was changed:\n${fields.map((one) => `  ${one}`).join("\n")}`,
    `change ${file}, then understudy up --env-config ${file}`,
    2,
  );
}
