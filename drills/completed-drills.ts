import type { DrillConfig } from "../settings/drill-config";
import type { NamedHost } from "../settings/pair";
import { LAST_STEP } from "../settings/steps";
import { bounded } from "./hosts/bounded";
import { openAgent } from "./hosts/agent";
import { connectEngine } from "./hosts/engine";
import { readJournal } from "./hosts/journal";
import type { StepReturn } from "./engine/drill-run";

/**
 * Which of the drills asked for has already promoted `host`, as its journal says. Empty when none is asked for, or the
 * journal cannot be read: then the drill's own precheck decides.
 */
export async function completedDrills(host: NamedHost, drill: DrillConfig | undefined): Promise<ReadonlySet<string>> {
  if (drill === undefined) return new Set();
  const engine = connectEngine(host);
  try {
    const agent = await bounded(`${host.name}: Docker engine`, 10_000, openAgent(engine.docker, host.name));
    const entry = await readJournal(agent, drill.id, LAST_STEP);
    agent.close();
    const passed = entry?.state === "done" && (entry.result as StepReturn).result.status === "passed";
    return new Set(passed ? [drill.id] : []);
  } catch {
    return new Set();
  } finally {
    engine.close();
  }
}
