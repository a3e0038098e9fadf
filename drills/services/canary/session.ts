import { setTimeout as sleep } from "node:timers/promises";
import { CARRIED_SERVICES, SERVICES, type CarriedService } from "../../../settings/services";
import { pollUntil } from "../../hosts/bounded";
import { openWay } from "../../hosts/http";
import { countService } from "../../../evidence/service-counts";
import type { ServiceCount } from "../../../evidence/continuity";
import { clockFrom } from "../../hosts/clock";
import { messageOf } from "../../../settings/user-error";
import { alerts } from "./alerts";
import { dashboards } from "./dashboards";
import { logLines } from "./log-lines";
import { NumberedWriter, type WriteOne } from "./numbered-writer";
import type { CanaryHost, CanarySettings } from "./options";
import type { CanaryReport } from "./protocol";
import { countScrapes } from "./scrapes";
import { spans } from "./spans";

/** Time between two attempts to raise the alert, and between two looks at what may take a moment to be seen. */
const RAISE_AGAIN_MS = 250;
const READ_AGAIN_MS = 50;

/** Opens the ways to what a service that has moved is asked by: none is opened while somebody waits for the answer. */
async function openWays(hosts: readonly CanaryHost[]): Promise<void> {
  const ports = CARRIED_SERVICES.flatMap((service) => SERVICES[service].ports.map(({ key }) => key));
  await Promise.allSettled(hosts.flatMap((host) => ports.map((key) => openWay(host, host.ports[key]))));
}

interface Lane {
  readonly writer: NumberedWriter;
  readonly readBack: (host: CanaryHost) => Promise<number[]>;
}

/** The canary at work, inside its own process. */
export interface CanarySession {
  /** Why it is not ready; undefined when every service has acknowledged something. It goes on writing either way. */
  readonly readiness: Promise<string | undefined>;
  /** From now on the service is used on host `name`; fulfils when nothing is under way at the other any more. */
  move(service: CarriedService, name: string): Promise<void>;
  /** Stops writing, reads everything back from host `name` and counts. */
  finish(name: string): Promise<CanaryReport>;
}

/**
 * Starts writing.
 * @param report told in one line what an operator may want to know
 */
export function startSession(settings: CanarySettings, report: (line: string) => void): CanarySession {
  const { drillId, hosts, attemptTimeoutMs: timeoutMs, grafanaPassword, grafanaFormer } = settings;
  const now = clockFrom(settings.originNs);
  const startedAtMs = now();
  const startedSeconds = Date.now() / 1000;
  const hostNamed = (name: string): CanaryHost => {
    const host = hosts.find((one) => one.name === name);
    if (host === undefined) throw new Error(`the canary knows no host ${name}`);
    return host;
  };
  const [primary] = hosts;
  if (primary === undefined) throw new Error("the canary needs two hosts");
  const endMs = startedAtMs + settings.maxDurationMs;
  const writerOf = (write: WriteOne, intervalMs: number): NumberedWriter =>
    new NumberedWriter(write, primary, { now, sleep }, { intervalMs, endMs });

  const subject = { drillId, timeoutMs };
  const [lines, trace] = [logLines(subject), spans(subject)];
  const boards = dashboards({ ...subject, password: grafanaPassword, former: grafanaFormer });
  const lanes: Readonly<Record<CarriedService, Lane>> = {
    loki: { writer: writerOf(lines.write, settings.intervalMs), readBack: lines.readBack },
    tempo: { writer: writerOf(trace.write, settings.intervalMs), readBack: trace.readBack },
    grafana: { writer: writerOf(boards.write, settings.dashboardIntervalMs), readBack: boards.readBack },
  };
  const writers = Object.values(lanes).map((lane) => lane.writer);
  const written = Promise.all(writers.map((writer) => writer.run()));
  const alerting = alerts({ ...subject, hosts });
  let raisedAtMs: number | undefined;
  /** Why nothing could be raised; empty once everything is. */
  const raise = (): Promise<string> =>
    alerting.raise(primary).then(
      () => {
        raisedAtMs = now();
        return "";
      },
      (error: unknown) => `alertmanager: ${messageOf(error)}`,
    );

  async function awaitReadiness(): Promise<string | undefined> {
    const bound = { deadlineMs: settings.readyWithinMs, pauseMs: 20 };
    const raised = pollUntil(raise, (problem) => problem === "", { ...bound, pauseMs: RAISE_AGAIN_MS });
    const lanesReady = pollUntil(
      () =>
        Promise.resolve(
          Object.entries(lanes).flatMap(([service, { writer }]) =>
            writer.acknowledged.length > 0 ? [] : [`${service}: ${writer.problem || "nothing acknowledged"}`],
          ),
        ),
      (waiting) => waiting.length === 0,
      bound,
    );
    const [{ reading: problem }, { reading: waiting }] = await Promise.all([raised, lanesReady, openWays(hosts)]);
    return [problem, ...waiting].filter(Boolean).join("; ") || undefined;
  }

  /** What was just written may take a moment to be seen; what is never seen is missing, what cannot be read is unknown. */
  async function countLane(service: CarriedService, host: CanaryHost): Promise<ServiceCount> {
    const { writer, readBack } = lanes[service];
    const { acknowledged } = writer;
    const [unit] = SERVICES[service].promise.units;
    const { reading } = await pollUntil(
      async () => {
        try {
          return await readBack(host);
        } catch (error) {
          report(`${unit} on ${host.name}: ${messageOf(error)}`);
          return undefined;
        }
      },
      (back) => back !== undefined && countService(unit, "", acknowledged, back).counts.missing === 0,
      { deadlineMs: settings.readBackMs, pauseMs: READ_AGAIN_MS },
    );
    return countService(unit, "acknowledged through whichever host was primary", acknowledged, reading);
  }

  /** Silences come to the other Alertmanager by gossip. */
  async function countAlerts(host: CanaryHost): Promise<ServiceCount[]> {
    const { reading } = await pollUntil(
      () => alerting.count(host),
      (counted) => counted.every(({ counts }) => counts.missing === 0),
      { deadlineMs: settings.readBackMs, pauseMs: READ_AGAIN_MS },
    );
    return reading;
  }

  /** Dashboards are removed when they have been read back; the others' counts do not wait for that. */
  async function countDashboards(host: CanaryHost): Promise<ServiceCount> {
    const counted = await countLane("grafana", host);
    await boards.remove(lanes.grafana.writer.acknowledged, host);
    return counted;
  }

  async function finish(name: string): Promise<CanaryReport> {
    const host = hostNamed(name);
    for (const writer of writers) writer.stop(settings.settleMs);
    await written;
    const finishedAtMs = now();
    const [loki, tempo, grafana, alertmanager, prometheus] = await Promise.all([
      countLane("loki", host),
      countLane("tempo", host),
      countDashboards(host),
      countAlerts(host),
      countScrapes(host, { sinceSeconds: startedSeconds, declared: settings.scraped, timeoutMs }),
    ]);
    const pagesWatchedMs = raisedAtMs === undefined ? 0 : now() - raisedAtMs;
    return {
      ...{ startedAtMs, finishedAtMs, pagesWatchedMs },
      ...{ loki: [loki], tempo: [tempo], grafana: [grafana], alertmanager, prometheus },
    };
  }

  return {
    readiness: awaitReadiness(),
    move: (service, name) => lanes[service].writer.move(hostNamed(name)),
    finish,
  };
}
