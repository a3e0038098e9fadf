import { bounded } from "../../hosts/bounded";
import { UserError } from "../../../settings/user-error";
import type { ProbeOptions } from "../options";
import { probeOptionsSchema, probeSecrets } from "../options";
import { ProbeProcess } from "../probe-process";

const START_WITHIN_MS = 30_000;

/** A standing probe, as the process that has started it sees it. */
export interface StartedProbe {
  readonly pid: number;
  /** Why it is not ready within `readyWithinMs`; undefined when it is. It goes on trying either way. */
  readonly readiness: Promise<string | undefined>;
  /** Fulfils when its process has ended: with exit code 0 when that was in order, and with what it had to say. */
  readonly ended: Promise<{ readonly code: number | null; readonly notes: string }>;
  /** Ends an attached probe without evidence. */
  end(): Promise<void>;
  /** Lets a probe that is not attached live on alone. */
  letGo(): void;
}

/** What a standing probe needs beside the probe's own options. */
export interface Standing {
  readonly environment: string;
  readonly socket: string;
  /** True: the probe ends with this process. */
  readonly attached: boolean;
}

/**
 * Starts a standing probe in a process of its own and waits until it listens at its socket. Each store must acknowledge
 * events at one endpoint for it to be ready.
 * @throws UserError when an option is wrong, another probe listens there, or the process cannot be started
 */
export async function startStandingProbe(options: ProbeOptions, standing: Standing): Promise<StartedProbe> {
  const child = new ProbeProcess("standing/main.ts", probeSecrets(options.credentials), !standing.attached);
  const settings = probeOptionsSchema.parse({ readyWhen: "one-endpoint", ...options });
  child.send({ command: "stand", options: settings, ...standing });
  try {
    const pid = await child.started;
    const said = child.next(({ event }) => event === "listening" || event === "refused");
    const event = await bounded("the probe", START_WITHIN_MS, said);
    if (event.event === "refused") throw new UserError(event.reason, event.next, event.exitCode);
    const readiness = child
      .next(({ event: kind }) => kind === "ready" || kind === "not-ready")
      .then((one) => (one.event === "not-ready" ? one.reason : undefined));
    readiness.catch(() => undefined);
    return {
      pid,
      readiness,
      ended: child.ended.then((code) => ({ code, notes: child.notes })),
      end: () => child.end(),
      letGo: () => {
        child.letGo();
      },
    };
  } catch (error) {
    await child.end();
    throw error;
  }
}
