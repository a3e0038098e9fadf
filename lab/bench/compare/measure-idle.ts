import { setTimeout as sleep } from "node:timers/promises";
import { connectEngine } from "../../../drills/hosts/engine";
import type { Environment } from "../../../settings/environment";
import { containerName } from "../../../settings/names";
import { declaredContainers, namedHosts } from "../../../settings/pair";
import { SERVICE_NAMES } from "../../../settings/services";
import type { Progress } from "../../host/progress";
import { countersOf, idleOf, type Counters, type IdleContainer } from "./idle-cost";

/** So long the pair is left alone before it counts as idle, and is watched then. */
const SETTLES_MS = 60_000;
const WATCHED_MS = 60_000;

/** Containers that watch or lead, and do not serve: the rest of what is declared. */
function watched(environment: Environment): readonly string[] {
  const others: readonly string[] = [...SERVICE_NAMES, "backup"];
  return declaredContainers(environment).filter((name) => !others.includes(name));
}

/** Reads what agent, exporters and doors of both hosts cost while nothing happens: their control groups' counters, a minute apart. */
export async function measureIdle(environment: Environment, progress: Progress): Promise<readonly IdleContainer[]> {
  const engines = namedHosts(environment).map((host) => ({ host: host.name, engine: connectEngine(host) }));
  const all = engines.flatMap(({ host, engine }) => watched(environment).map((name) => ({ host, engine, name })));
  const read = (): Promise<readonly Counters[]> =>
    Promise.all(
      all.map(async ({ engine, name }) =>
        countersOf(
          await engine.docker
            .getContainer(containerName(name as Parameters<typeof containerName>[0]))
            .stats({ stream: false }),
        ),
      ),
    );
  try {
    progress(
      `the pair is left alone for ${(SETTLES_MS + WATCHED_MS) / 1000} s: what do ${all.length} containers cost?`,
    );
    await sleep(SETTLES_MS);
    const before = await read();
    await sleep(WATCHED_MS);
    const after = await read();
    return all.flatMap(({ host, name }, at) => {
      const [from, to] = [before[at], after[at]];
      return from === undefined || to === undefined ? [] : [idleOf(host, name, from, to)];
    });
  } finally {
    for (const { engine } of engines) engine.close();
  }
}
