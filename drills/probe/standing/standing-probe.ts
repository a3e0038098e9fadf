import { finishWithinMs } from "../probe";
import { redact } from "../../hosts/line-process";
import { probeSecrets } from "../options";
import { startSession, type ProbeSession } from "../session";
import type { StoreProgress } from "../store-probe";
import type { StandCommand } from "./protocol";
import type { Adoptable } from "./server";

/** How long an adopted probe writes at least, in milliseconds: as long as a drill's own. */
const ADOPTED_MS = 180_000;

/** A session that others may adopt, and the session itself. */
export interface StandingProbe extends Omit<Adoptable, "end"> {
  readonly session: ProbeSession;
}

/** Starts writing to both stores, for whoever adopts it. Nothing that it says has a password in it. */
export function startStandingSession({ options, environment }: StandCommand): StandingProbe {
  const startedAt = new Date().toISOString();
  const clean = (text: string): string => redact(text, probeSecrets(options.credentials));
  const cleanProgress = (one: StoreProgress): StoreProgress => ({ ...one, problem: clean(one.problem) });
  let notes: string[] = [];
  let adoptedAtMs = 0;
  const session = startSession(options, (line) => notes.push(clean(line)));
  return {
    session,
    describe: () => {
      const notReady = session.whyNotReady();
      const { timescaledb, redis } = session.progress();
      return {
        pid: process.pid,
        environment,
        run: options.drillId,
        originNs: options.originNs,
        startedAt,
        endpoints: options.endpoints,
        intervalMs: options.intervalMs,
        nowMs: session.now(),
        writesUntilMs: session.writesUntilMs(),
        finishWithinMs: finishWithinMs(options),
        notReady: notReady === undefined ? null : clean(notReady),
        stores: { timescaledb: cleanProgress(timescaledb), redis: cleanProgress(redis) },
      };
    },
    attend: () => {
      adoptedAtMs = session.now();
      session.attend(adoptedAtMs + ADOPTED_MS);
    },
    finish: async (readFrom) => {
      notes = [];
      const evidence = await session.finish(readFrom, adoptedAtMs);
      return { evidence, notes: notes.join("\n") };
    },
  };
}
