import { bounded } from "../hosts/bounded";
import type { StepReturn } from "../engine/drill-run";
import { openAgent } from "../hosts/agent";
import type { HostEngine } from "../hosts/engine";
import { drillsInJournal, readJournal, type JournalEntry } from "../hosts/journal";

const OPEN_MS = 15_000;

/** True when this is the promotion that began `timeline`. */
export function beganTimeline(entry: JournalEntry | undefined, timeline: number): boolean {
  if (entry?.state !== "done") return false;
  const { facts } = entry.result as Partial<StepReturn>;
  return facts?.postgres.newTimeline === timeline;
}

/** The drill that began the primary's timeline, as its journal remembers it; null when none did or it cannot be read. */
export async function answeredDrill({ docker }: HostEngine, host: string, timeline: number): Promise<string | null> {
  try {
    const agent = await bounded(`${host}: Docker engine`, OPEN_MS, openAgent(docker, host));
    try {
      for (const id of await drillsInJournal(agent)) {
        if (beganTimeline(await readJournal(agent, id, "promote-standby"), timeline)) return id;
      }
      return null;
    } finally {
      agent.close();
    }
  } catch {
    return null;
  }
}
