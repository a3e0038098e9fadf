import type { FailoverWatch } from "../operator/failover/failover";
import type { ObservedStore } from "../evidence/document";
import { STEPS } from "../settings/steps";

const BEAT_MS = 2000;

/** Prints what happens as it happens; a long silence is filled with the seconds that have passed. */
export function progressWatch(out: NodeJS.WritableStream): FailoverWatch {
  const line = (text: string): void => void out.write(`${text}\n`);
  const began = performance.now();
  let lastLine = performance.now();
  const say = (text: string): void => {
    lastLine = performance.now();
    line(text);
  };
  setInterval(() => {
    if (performance.now() - lastLine >= BEAT_MS) say(`   … ${Math.round((performance.now() - began) / 1000)} s`);
  }, BEAT_MS).unref();
  return {
    phase: (words) => {
      say(`-- ${words}`);
    },
    topology: (when, { hosts }) => {
      for (const one of hosts) {
        say(
          `   ${when}: ${one.host}  declared ${one.declaredRole ?? "-"}  timescaledb ${roleOf(one.timescaledb)}  redis ${roleOf(one.redis)}`,
        );
      }
    },
    stepBegins: (step) => {
      say(`   ${step}: ${STEPS.find((one) => one.name === step)?.sentence ?? ""}`);
    },
    stepEnds: ({ step, status, startedAtMs, finishedAtMs, failure }) => {
      say(
        `   ${step}: ${status} in ${((finishedAtMs - startedAtMs) / 1000).toFixed(3)} s${failure ? `: ${failure.reason}` : ""}`,
      );
    },
  };
}

function roleOf(store: ObservedStore): string {
  return store.state === "observed" ? store.role : `unknown (${store.reason})`;
}
