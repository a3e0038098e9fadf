import path from "node:path";
import type { CarriedService } from "../../../settings/services";
import { bounded } from "../../hosts/bounded";
import { LineProcess } from "../../hosts/line-process";
import { UserError } from "../../../settings/user-error";
import { canaryOptionsSchema, type CanaryOptions } from "./options";
import { canaryEventSchema, type CanaryCommand, type CanaryEvent, type CanaryReport } from "./protocol";

/** Time the canary's process gets beyond its own bounds. */
const SLACK_MS = 30_000;
const NEXT = "understudy status";

/** A canary that is writing. Its process ends with `finish`, with `abort`, or within a second of this process' end. */
export interface CanaryHandle {
  readonly pid: number;
  /** Fulfils when every service has acknowledged something. @throws UserError naming what has not, and why */
  readonly ready: Promise<void>;
  /**
   * From now on the service is used on that host, and what was not acknowledged is tried again there. Fulfils when nothing
   * is under way at the other host any more. @throws UserError when the process has died
   */
  move(service: CarriedService, host: string): Promise<void>;
  /**
   * Stops writing, reads everything back from that host and counts. A second call gives what the first one gave.
   * @throws UserError when its process has died
   */
  finish(readFrom: string): Promise<CanaryReport>;
  /** Ends the canary without a report; safe to call at any time, any number of times. */
  abort(): Promise<void>;
  /** What its process had to say. No secrets. */
  notes(): string;
}

/**
 * Starts the canary in a process of its own, at a lower priority, not the lowest, which gets nothing on a
 * busy machine: it writes numbered log lines, spans and dashboards
 * through the primary's endpoints, one silence and one alert. The password crosses over its stdin only.
 * @throws UserError when an option is wrong (all of them named) or the process cannot be started
 */
export async function startCanary(options: CanaryOptions): Promise<CanaryHandle> {
  const parsed = canaryOptionsSchema.safeParse(options);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new UserError(`the canary's options are wrong: ${issues.join("; ")}`, NEXT, 2);
  }
  const settings = parsed.data;
  const child = new LineProcess<CanaryEvent, CanaryCommand>({
    file: path.resolve(__dirname, "main.ts"),
    name: "the canary's process",
    parse: (line) => canaryEventSchema.parse(JSON.parse(line)),
    secrets: [settings.grafanaPassword, ...(settings.grafanaFormer === undefined ? [] : [settings.grafanaFormer])],
  });
  child.send({ command: "start", options: settings });

  async function awaitReady(): Promise<void> {
    const said = child.next(({ event }) => event === "ready" || event === "not-ready");
    const event = await bounded("the canary", SLACK_MS, said);
    if (event.event === "not-ready") throw new UserError(`the canary is not ready: ${event.reason}`, NEXT);
  }

  async function move(service: CarriedService, host: string): Promise<void> {
    child.send({ command: "move", service, host });
    const said = child.next((event) => event.event === "moved" && event.service === service);
    await bounded("the canary", settings.attemptTimeoutMs + SLACK_MS, said);
  }

  async function finish(readFrom: string): Promise<CanaryReport> {
    const said = child.next((event) => event.event === "report");
    child.send({ command: "finish", readFrom });
    try {
      const event = await bounded("the canary", settings.settleMs + settings.readBackMs + SLACK_MS, said);
      if (event.event !== "report") throw new UserError("the canary gave no report", NEXT);
      return event.report;
    } finally {
      await child.end();
    }
  }

  let finishing: Promise<CanaryReport> | undefined;
  const ready = awaitReady();
  ready.catch(() => undefined);
  const pid = await child.started;
  return {
    pid,
    ready,
    move,
    finish: (readFrom) => (finishing ??= finish(readFrom)),
    abort: () => child.end(),
    notes: () => child.notes,
  };
}
