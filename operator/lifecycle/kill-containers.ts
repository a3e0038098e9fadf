import { LABELS } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { bounded } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";

const KILL_MS = 30_000;

/**
 * Ends every container of an environment on a host at once, without time to write anything out: for data that go for good anyway.
 * Tempo alone sleeps half a minute when it is asked to stop. The engine starts none of them again.
 * @throws Error of the engine
 */
export async function killContainers(environment: string, host: NamedHost): Promise<void> {
  const engine = connectEngine(host);
  try {
    const label = [`${LABELS.environment}=${environment}`, `${LABELS.host}=${host.name}`];
    const running = await engine.docker.listContainers({ filters: { label } });
    const kills = running.map(({ Id }) => engine.docker.getContainer(Id).kill());
    await bounded(`${host.name}: kill ${kills.length} containers`, KILL_MS, Promise.allSettled(kills));
  } finally {
    engine.close();
  }
}
