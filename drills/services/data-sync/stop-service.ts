import type { Environment } from "../../../settings/environment";
import { containerName } from "../../../settings/names";
import { SERVICES, type CarriedService } from "../../../settings/services";
import { bounded, pollUntil } from "../../hosts/bounded";
import { exchange, type Request } from "../../hosts/http";
import { serviceProblem } from "../../hosts/readiness";
import type { HostSessions } from "../../hosts/sessions";

const FLUSH_MS = 30_000;
const REQUEST_MS = 5000;
/** How long a service may take to end when everything it had is written: Tempo would wait half a minute for nothing. */
const FLUSHED_STOP_SECONDS = 1;

type Target = Pick<HostSessions, "host" | "engine">;

/**
 * Stops a service so that everything it has acknowledged is in its folder. Each writes all out when it is told to end; one
 * that would take long for it is asked for that beforehand.
 */
export async function stopService(
  { host, engine }: Target,
  service: CarriedService,
  { ports }: Pick<Environment, "ports">,
): Promise<void> {
  const { stop, ports: published, health } = SERVICES[service];
  const asked = { host, port: ports[published[0].key], timeoutMs: REQUEST_MS };
  const flushed = stop.flush !== null && (await flush(asked, stop.flush, health.path));
  const seconds = flushed ? FLUSHED_STOP_SECONDS : stop.seconds;
  const container = engine.docker.getContainer(containerName(service));
  await bounded(`${host.name}: stop of ${service}`, (seconds + 10) * 1000, container.stop({ t: seconds })).catch(
    (error: unknown) => {
      if (!isAlreadySo(error)) throw error;
    },
  );
}

/** Starts a service; one that runs is left alone. */
export async function startService({ host, engine }: Target, service: CarriedService): Promise<void> {
  const container = engine.docker.getContainer(containerName(service));
  await bounded(`${host.name}: start of ${service}`, FLUSH_MS, container.start()).catch((error: unknown) => {
    if (!isAlreadySo(error)) throw error;
  });
}

/**
 * Does something on every host, and waits for all of them also where one fails: a stop that is still under way would undo
 * the start that comes next.
 * @throws the first host's error of those that failed
 */
export async function onAll<T>(hosts: readonly T[], work: (host: T) => Promise<void>): Promise<void> {
  const settled = await Promise.allSettled(hosts.map(work));
  for (const one of settled) if (one.status === "rejected") throw one.reason;
}

const ANSWERS_MS = 60_000;
/** Pause before a service is asked again whether it has written everything, or answers. */
const ASK_AGAIN_MS = 25;

/** Waits until a service that was started answers. @throws Error with what it says instead */
export async function awaitService(
  { host }: Pick<Target, "host">,
  service: CarriedService,
  environment: Environment,
): Promise<void> {
  const { reading, reached } = await pollUntil(
    () => serviceProblem(host, environment, service),
    (problem) => problem === null,
    { deadlineMs: ANSWERS_MS, pauseMs: ASK_AGAIN_MS },
  );
  if (!reached) throw new Error(reading ?? "does not answer");
}

/** The engine's 304: the container is in that state already. */
function isAlreadySo(error: unknown): boolean {
  return (error as { statusCode?: number }).statusCode === 304;
}

/**
 * Tells a service to take nothing more and to write out what it has.
 * @returns true when it says that it has: where its health is asked, the part that writes is no longer there
 */
async function flush(
  asked: Pick<Request, "host" | "port" | "timeoutMs">,
  order: string,
  state: string,
): Promise<boolean> {
  const ask = (path: string, method: "GET" | "POST"): Promise<string | undefined> =>
    exchange({ ...asked, path, method }).then(
      ({ text }) => text,
      () => undefined,
    );
  if ((await ask(order, "POST")) === undefined) return false;
  const { reached } = await pollUntil(
    () => ask(state, "GET"),
    (words) => words?.includes("Terminated") === true,
    { deadlineMs: FLUSH_MS, pauseMs: ASK_AGAIN_MS },
  );
  return reached;
}
