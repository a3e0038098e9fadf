import { openAgent } from "../hosts/agent";
import type { HostEngine } from "../hosts/engine";
import { drillsInJournal, readJournal } from "../hosts/journal";
import { bounded } from "../bounded";

const OPEN_MS = 15_000;

/** The newest drill that promoted `host`, as its journal remembers it; null when there is none or it cannot be read. */
export async function lastPromotion({ docker }: HostEngine, host: string): Promise<string | null> {
  try {
    const agent = await bounded(`${host}: Docker engine`, OPEN_MS, openAgent(docker, host));
    try {
      let newest: { id: string; at: string } | null = null;
      for (const id of await drillsInJournal(agent)) {
        const entry = await readJournal(agent, id, "promote-standby");
        if (entry !== undefined && (newest === null || entry.at > newest.at)) newest = { id, at: entry.at };
      }
      return newest?.id ?? null;
    } finally {
      agent.close();
    }
  } catch {
    return null;
  }
}
