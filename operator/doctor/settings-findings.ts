import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import { OTHER_SERVICES } from "../../settings/services";
import { postgresLayers, postgresSettingsText, redisSettingsText } from "../../settings/server/layers";
import { driftOf, driftWords, unequalDrift } from "../settings/drift";
import { changedNames, pendingOfPostgres, pendingOfRedis } from "../settings/plan";
import { readSettings, type HostSettings } from "../settings/read-settings";
import { changedOfService } from "../settings/service-plan";
import { good, problem, type Finding } from "./finding";

const CHECK = "settings";

/** Whether every host's servers are set as declared; nothing of a server that does not say. */
export async function settingsFindings(environment: Environment): Promise<readonly Finding[]> {
  return judgeSettings(environment, await readSettings(namedHosts(environment)));
}

/** What is said of what was read. Pure. */
export function judgeSettings(environment: Environment, all: readonly HostSettings[]): readonly Finding[] {
  const drift = all.flatMap(driftOf);
  const unequal = new Set(
    unequalDrift(
      drift,
      all.map(({ host }) => host.name),
    ),
  );
  const byHand = drift.map((one) => {
    const alone = unequal.has(`${one.store} ${one.name}`) ? "; the hosts differ" : "";
    return problem(
      CHECK,
      one.host,
      `${driftWords(one)}${alone}`,
      `understudy settings --adopt ${one.name}, or understudy settings --reset ${one.name} --execute`,
    );
  });
  return [...all.flatMap((one) => hostFindings(environment, one, drift.length)), ...byHand];
}

function hostFindings(environment: Environment, one: HostSettings, drift: number): readonly Finding[] {
  const { host, timescaledb, redis } = one;
  const found: Finding[] = [];
  const waits = (store: string, names: readonly string[], standby: boolean): void => {
    if (names.length === 0) return;
    const fix = standby ? "understudy up --execute" : "understudy switchover --execute, then understudy up --execute";
    found.push(problem(CHECK, host.name, `${store} waits to be started anew for ${names.join(", ")}`, fix));
  };
  const lacks = (store: string, text: string | null, declared: string): void => {
    const names = changedNames(text, declared);
    if (names.length > 0)
      found.push(
        problem(CHECK, host.name, `${store} does not have as declared: ${names.join(", ")}`, "understudy up --execute"),
      );
  };
  let later = "";
  if (typeof timescaledb !== "string") {
    lacks("timescaledb", timescaledb.text, postgresSettingsText(environment));
    const { declared, tuned } = pendingOfPostgres(timescaledb, postgresLayers(environment));
    waits("timescaledb", declared, timescaledb.standby);
    if (tuned.length > 0) later = `; ${tuned.join(", ")} of PostgreSQL at its next start`;
    const errors = [...timescaledb.lines.values()].filter(({ error }) => error !== null);
    for (const { name, error } of errors)
      found.push(problem(CHECK, host.name, `timescaledb does not take ${name}: ${error ?? ""}`, "understudy up"));
  }
  if (typeof redis !== "string") {
    lacks("redis", redis.text, redisSettingsText(environment));
    waits("redis", pendingOfRedis(redis).declared, redis.standby);
  }
  for (const service of OTHER_SERVICES) {
    const names = changedOfService(environment, service, one.services[service]);
    if (names.length > 0)
      found.push(
        problem(
          CHECK,
          host.name,
          `${service} does not have as declared: ${names.join(", ")}`,
          "understudy up --execute",
        ),
      );
  }
  const read = typeof timescaledb !== "string" && typeof redis !== "string";
  if (found.length > 0 || drift > 0 || !read) return found;
  return [good(CHECK, host.name, `both stores are set as declared${later}`)];
}
