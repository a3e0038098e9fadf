import path from "node:path";
import type { EvidenceDocument } from "../../evidence/document";
import { observedRole } from "../../evidence/observed-role";
import type { SpanTree } from "../../evidence/trace/span-tree";
import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import { PROMOTION } from "../../settings/steps";
import { messageOf } from "../../settings/user-error";
import { keepTrace, MOST_WAITING } from "./outbox";
import type { TempoDoor } from "./send-traces";
import type { TracedDrill } from "./serialise-trace";

/**
 * Makes the trace of a drill that is over, and leaves it in the outbox. The SDK is loaded only here, so that no drill's
 * window waits for it. Never throws: a drill without a trace is no less a drill, and why is said.
 */
export async function traceDrill(
  resultsDir: string,
  drill: TracedDrill,
  tree: SpanTree,
  say: (words: string) => void,
): Promise<void> {
  try {
    const { serialiseTrace } = await import("./serialise-trace");
    const gone = await keepTrace(resultsDir, drill, serialiseTrace(drill, tree));
    if (gone > 0)
      say(
        `the outbox of ${resultsDir} holds ${String(MOST_WAITING)} traces: ${String(gone)} of the oldest went unsent`,
      );
  } catch (error) {
    say(`this drill has no trace: ${messageOf(error)}`);
  }
}

/** The host whose Tempo is in service after a drill: the one that is primary. Pure. */
export function primaryAfter({ topology, steps, drill }: EvidenceDocument): string {
  const { after } = topology;
  const seen = [drill.fromHost, drill.toHost].find((host) => after !== null && observedRole(after, host) === "primary");
  const promoted = steps.some(({ step, status }) => step === PROMOTION && status === "passed");
  return seen ?? (promoted ? drill.toHost : drill.fromHost);
}

/** The way to the Tempo of a host; undefined where nobody is named. Pure. */
export function doorOf(environment: Environment, name: string | undefined): TempoDoor | undefined {
  const host = namedHosts(environment).find((one) => one.name === name);
  return host && { host, port: environment.ports.otlp_http };
}

/** A file's name without its folder: a trace says nothing of the operator's machine. */
export function fileName(file: string): string {
  return path.basename(file);
}
