import { bounded } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { putFile } from "../../drills/hosts/put-file";
import type { Environment } from "../../settings/environment";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { SERVICES } from "../../settings/services";
import { TOLD_FILE, type Told } from "../../settings/told";
import { messageOf } from "../../settings/user-error";
import { declaredRoles } from "../failover/declared-topology";
import type { HostStack } from "../failover/pair-stacks";
import { readReadiness } from "../readiness/read-readiness";
import { pastDrills } from "./past-drills";

/** Longest that one host may take: a host that was lost holds no verb up for longer, milliseconds. */
const HOST_MS = 10_000;

/** What is told from, and of what. */
export interface Telling {
  readonly environment: Environment;
  /** Undefined where it is not known: then nothing is told of readiness. */
  readonly environmentFile?: string | undefined;
  readonly stacks: readonly HostStack[];
  /** Folder of the evidence. */
  readonly resultsDir: string;
}

/** How a file comes to a host; tests give others. */
export type Put = (host: NamedHost, file: string, text: string) => Promise<void>;

const put: Put = async (host, file, text) => {
  const engine = connectEngine(host);
  try {
    await bounded(host.name, HOST_MS, putFile(engine.docker, containerName("timescaledb"), file, text));
  } finally {
    engine.close();
  }
};

/**
 * Tells every host what its agent cannot see: the declared roles, the last drills, whether the pair is ready. Where no
 * agent runs nobody is told. Never throws: what was not told is a warning, and the agent then goes by what it was told before.
 */
export async function tellHosts(telling: Telling, phase: (words: string) => void, way: Put = put): Promise<void> {
  const { environment, stacks } = telling;
  if (environment.agent === undefined) return;
  const warn = (what: string, error: unknown): void =>
    phase(`WARNING: ${what}: ${messageOf(error)}; next: understudy up --execute`);
  let told: Told;
  try {
    told = await readWhatIsTold(telling, new Date());
  } catch (error) {
    warn("the agents were not told of this", error);
    return;
  }
  const file = `${SERVICES.timescaledb.guardFolder}/${TOLD_FILE}`;
  await Promise.all(
    stacks.map(({ host }) =>
      way(host, file, `${JSON.stringify(told)}\n`).catch((error: unknown) =>
        warn(`the agent of ${host.name} was not told of this`, error),
      ),
    ),
  );
}

/** @throws Error of the stacks' config */
async function readWhatIsTold({ environment, environmentFile, stacks, resultsDir }: Telling, now: Date): Promise<Told> {
  const seconds = (text: string | null | undefined): number | null => (text ? Date.parse(text) / 1000 : null);
  const places = environmentFile === undefined ? undefined : { environment, environmentFile, stacks, resultsDir };
  const [roles, drills, readiness] = await Promise.all([
    declaredRoles(stacks),
    pastDrills(resultsDir, environment.name).catch(() => []),
    places === undefined ? undefined : readReadiness(places, now).catch(() => undefined),
  ]);
  return {
    version: 1,
    environment: environment.name,
    toldAt: now.getTime() / 1000,
    roles,
    drills,
    readiness: readiness
      ? {
          ready: readiness.ready,
          rehearsedAt: seconds(readiness.rehearsal?.finishedAt),
          validUntil: seconds(readiness.validUntil),
        }
      : null,
  };
}
