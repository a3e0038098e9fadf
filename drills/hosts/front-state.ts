import { containerName } from "../../settings/names";
import type { Environment } from "../../settings/environment";
import { frontPlan, isClosed, type FrontPlan, type PeerFacts } from "../../settings/front";
import type { MadeByContainer } from "../../settings/listen";
import type { HostView, NamedHost } from "../../settings/pair";
import { SERVICES } from "../../settings/services";
import { sendJson } from "./http";
import { knockScript, parseKnocks } from "./knock";
import { madePortsOf } from "./listening";
import { runOnHost } from "./run-on-host";

const TARGETS_MS = 10_000;

/**
 * What of the front a host is to have, from what both hosts have. Nobody's answer is waited for long: what cannot be asked
 * stays as it is.
 * @param made what the host's own containers were made with
 */
export async function readFrontPlan(
  view: HostView,
  environment: Environment,
  certificates: boolean,
  made: MadeByContainer,
): Promise<FrontPlan> {
  if (!certificates || view.peer === undefined) return frontPlan(certificates, undefined, isClosed(made));
  const peer = await readPeer(view.self, view.peer, environment).catch(() => null);
  return frontPlan(certificates, peer, isClosed(made));
}

/** As `readFrontPlan` where nothing may be asked, and nothing will be changed: what is stays. Pure. */
export function frontPlanInDrill(view: HostView, certificates: boolean, made: MadeByContainer): FrontPlan {
  return frontPlan(certificates, view.peer === undefined ? undefined : null, isClosed(made));
}

async function readPeer(self: NamedHost, peer: NamedHost, environment: Environment): Promise<PeerFacts> {
  const made = await madePortsOf(peer);
  const [front, asksPlainly] = await Promise.all([
    made.has(containerName("front")) && reaches(self, peer, environment.ports.front),
    made.has(containerName("prometheus")) && asksWithout(peer, self.name, environment),
  ]);
  return { containers: made.size > 0, front, asksPlainly };
}

/** Whether a connection from the one host to a port of the other comes about. */
async function reaches(from: NamedHost, to: NamedHost, port: number): Promise<boolean> {
  try {
    return parseKnocks(await runOnHost(from, knockScript(to.replication_address, [port]))).get(port) === "open";
  } catch {
    return false;
  }
}

/** How a host's Prometheus asks the other host's services, and how many of them answer; null when it does not say. */
export async function askedOf(from: NamedHost, to: string, environment: Environment): Promise<AskedTargets | null> {
  const port = environment.ports[SERVICES.prometheus.ports[0].key];
  try {
    const path = "/api/v1/targets?state=active";
    return targetsOf(await sendJson({ host: from, port, path, timeoutMs: TARGETS_MS }), to);
  } catch {
    return null;
  }
}

/** The targets that a Prometheus has on one host. */
export interface AskedTargets {
  readonly all: number;
  /** Those that it asks through the host's front. */
  readonly through: number;
  /** Those that it asks so, and that answered the last time. */
  readonly answering: number;
}

/** One that has no target there has not read its configuration yet: it may well ask plainly. */
async function asksWithout(peer: NamedHost, self: string, environment: Environment): Promise<boolean> {
  const asked = await askedOf(peer, self, environment);
  return asked === null || asked.all === 0 || asked.through < asked.all;
}

/** Whether the other host's Prometheus asks this host's services through its front alone. */
export async function isAskedThroughFront({ self, peer }: HostView, environment: Environment): Promise<boolean> {
  return peer !== undefined && !(await asksWithout(peer, self.name, environment));
}

/** The targets on one host in Prometheus' answer about its targets. Pure. */
export function targetsOf(answer: unknown, host: string): AskedTargets {
  const { data } = (answer ?? {}) as {
    data?: {
      activeTargets?: readonly { labels?: Readonly<Record<string, string>>; scrapeUrl?: string; health?: string }[];
    };
  };
  const all = (data?.activeTargets ?? []).filter(({ labels }) => labels?.["host"] === host);
  const through = all.filter(({ scrapeUrl }) => scrapeUrl?.startsWith("https://") === true);
  const answering = through.filter(({ health }) => health === "up");
  return { all: all.length, through: through.length, answering: answering.length };
}
