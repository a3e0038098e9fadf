import { bounded } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import type { Environment } from "../../settings/environment";
import { DATA_ROOT, LABELS } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { messageOf } from "../../settings/user-error";
import { good, problem, unknown, type Finding } from "./finding";

const ENGINE_MS = 15_000;

/** The one driver whose files the Collector reads. */
const DRIVER = "json-file";

/** What an engine says of where logs are. */
export interface LogFacts {
  readonly dataRoot: string;
  /** The log driver of each container of ours, by name. */
  readonly drivers: Readonly<Record<string, string>>;
}

/** Whether the Collector of a host finds its logs. Pure. */
export function judgeLogs(
  host: string,
  { logs }: Pick<Environment, "logs">,
  { dataRoot, drivers }: LogFacts,
): readonly Finding[] {
  if (logs === undefined) return [];
  const told = logs.data_roots[host] ?? DATA_ROOT;
  if (told !== dataRoot) {
    const fix = `write logs.data_roots: { ${host}: ${dataRoot} } into the environment file, then understudy up --execute`;
    return [problem("logs", host, `Docker's data root is ${dataRoot}, and the Collector reads ${told}`, fix)];
  }
  const others = Object.entries(drivers).filter(([, driver]) => driver !== DRIVER);
  if (others.length > 0) {
    const words = others.map(([name, driver]) => `${name} writes its log to ${driver}`).join(", ");
    const fix = "understudy up --execute makes a container anew that was made by hand";
    return [problem("logs", host, `${words}: the Collector reads ${DRIVER} alone`, fix)];
  }
  return [good("logs", host, `in ${dataRoot}, by ${DRIVER}`)];
}

/** Asks the engine of a host where the logs are that its Collector reads; nothing where there is none. */
export async function logFindings(host: NamedHost, environment: Environment): Promise<readonly Finding[]> {
  if (environment.logs === undefined) return [];
  try {
    return judgeLogs(host.name, environment, await bounded(`${host.name}: Docker engine`, ENGINE_MS, readFacts(host)));
  } catch (error) {
    return [unknown("logs", host.name, messageOf(error), "understudy doctor, when the engine answers")];
  }
}

async function readFacts(host: NamedHost): Promise<LogFacts> {
  const engine = connectEngine(host);
  try {
    const { docker } = engine;
    const info = (await docker.info()) as { DockerRootDir: string };
    const all = await docker.listContainers({ all: true, filters: { label: [LABELS.service] } });
    const drivers = await Promise.all(
      all.map(async ({ Id: id }) => {
        const { Name: name, HostConfig: made } = await docker.getContainer(id).inspect();
        return [name.replace(/^\//, ""), made.LogConfig?.Type ?? DRIVER] as const;
      }),
    );
    return { dataRoot: info.DockerRootDir, drivers: Object.fromEntries(drivers) };
  } finally {
    engine.close();
  }
}
