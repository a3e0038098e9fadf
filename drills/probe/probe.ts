import { bounded } from "../hosts/bounded";
import { type ProbeEndpoint, type ProbeOptions, probeOptionsSchema, probeSecrets, type ProbeSettings } from "./options";
import { ProbeProcess } from "./probe-process";
import type { ReadFrom } from "./protocol";
import type { ProbeEvidence } from "../../evidence/document";
import { UserError } from "../../settings/user-error";

/** @throws UserError when the events are to be read back from an endpoint that the probe does not have */
export function requireEndpoints(readFrom: ReadFrom, endpoints: readonly ProbeEndpoint[]): void {
  for (const name of [readFrom.timescaledb, readFrom.redis]) {
    if (endpoints.every((one) => one.name !== name)) {
      const known = endpoints.map((one) => one.name).join(", ");
      throw new UserError(`the probe has no endpoint "${name}": it has ${known}`, "understudy status", 2);
    }
  }
}

/** Time the probe's process gets beyond its own bounds: its start, and reading both stores back. */
const START_SLACK_MS = 30_000;
const READ_BACK_MS = 45_000;

/** Longest time that `finish` may take. */
export function finishWithinMs({ settleMs, attemptTimeoutMs }: ProbeSettings): number {
  return settleMs + attemptTimeoutMs + READ_BACK_MS;
}

const NEXT = "understudy status";

/** A probe that is writing. Its process ends with `finish`, with `abort`, or within a second of this process' end. */
export interface ProbeHandle {
  /** The probe's process id. */
  readonly pid: number;
  /**
   * Fulfils when both stores have acknowledged `readyAfter` events and every endpoint is connected, or as soon as the
   * option `readyWhen` says.
   * @throws UserError naming the store, the endpoint and the reason after `readyWithinMs`; the probe goes on writing,
   * so that `finish` still gives evidence, until `abort`
   */
  readonly ready: Promise<void>;
  /**
   * Waits for one more acknowledgement of each store (at most `settleMs`), stops writing, reads every event of the run
   * back from the named endpoints (the new primaries) and sums up. A store that cannot be read has `found: null`.
   * @param stopped called once nothing is written any more, before the events are read back; never where the probe has no
   * word for it, as a background probe has not
   * @throws UserError when an endpoint is unknown, the probe was finished before, or its process has died
   */
  finish(readFrom: ReadFrom, stopped?: () => void): Promise<ProbeEvidence>;
  /** Ends the probe without evidence; safe to call at any time, any number of times. */
  abort(): Promise<void>;
  /** What the probe's process had to say, such as why a store could not be read back. No secrets. */
  notes(): string;
}

/**
 * Starts the probe in a process of its own. Passwords cross over its stdin only.
 * @throws UserError when an option is wrong (all of them named) or the process cannot be started
 */
export function startProbe(options: ProbeOptions): Promise<ProbeHandle> {
  const parsed = probeOptionsSchema.safeParse(options);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    return Promise.reject(new UserError(`the probe's options are wrong: ${issues.join("; ")}`, NEXT, 2));
  }
  const settings = parsed.data;
  const child = new ProbeProcess("main.ts", probeSecrets(settings.credentials));
  child.send({ command: "start", options: settings });

  async function awaitReady(): Promise<void> {
    const said = child.next((event) => event.event === "ready" || event.event === "not-ready");
    const event = await bounded("the probe", settings.readyWithinMs + START_SLACK_MS, said);
    if (event.event === "not-ready") throw new UserError(`the probe is not ready: ${event.reason}`, NEXT);
  }

  let finished = false;
  async function finish(readFrom: ReadFrom, stopped: () => void = () => undefined): Promise<ProbeEvidence> {
    requireEndpoints(readFrom, settings.endpoints);
    if (finished) throw new UserError("the probe was finished before", NEXT, 2);
    finished = true;
    const said = child.next((event) => event.event === "evidence");
    child.next((event) => event.event === "stopped").then(stopped, () => undefined);
    child.send({ command: "finish", readFrom });
    try {
      const event = await bounded("the probe", finishWithinMs(settings), said);
      if (event.event !== "evidence") throw new UserError("the probe gave no evidence", NEXT);
      return event.evidence;
    } finally {
      await child.end();
    }
  }

  const ready = awaitReady();
  ready.catch(() => undefined);
  return child.started.then((pid) => ({ pid, ready, finish, abort: () => child.end(), notes: () => child.notes }));
}
