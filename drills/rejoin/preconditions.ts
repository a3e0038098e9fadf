import type { StepReturn } from "../engine/drill-run";
import { openAgent } from "../hosts/agent";
import { bounded } from "../hosts/bounded";
import type { HostEngine } from "../hosts/engine";
import { drillsInJournal, type JournalEntry, readJournal } from "../hosts/journal";
import type { Topology } from "../../evidence/document";
import { hostIn, roleOf } from "../../evidence/observed-role";
import { PROMOTION } from "../../settings/steps";

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
        if (beganTimeline(await readJournal(agent, id, PROMOTION), timeline)) return id;
      }
      return null;
    } finally {
      agent.close();
    }
  } catch {
    return null;
  }
}

/** Why a return must not be tried, and what to do instead; undefined when it may. */
export type Refusal = { readonly why: string; readonly next: string } | undefined;

type Host = Topology["hosts"][number];

const STORES = [
  ["timescaledb", "PostgreSQL"],
  ["redis", "Redis"],
] as const;

/**
 * Whether `host` may come back as a standby of `peer`: the peer is seen to be primary of both stores, and neither store
 * of the host is a primary. What cannot be read there is no obstacle: a held or stopped store does not answer.
 */
export function refuseReturn(topology: Topology, host: string, peer: string): Refusal {
  const [here, there] = [hostIn(topology, host), hostIn(topology, peer)];
  if (here === undefined || there === undefined)
    return { why: `${host} and ${peer} were not read`, next: "understudy status" };
  const writable = STORES.filter(([store]) => roleOf(here[store]) === "primary").map(([, words]) => words);
  const missing = STORES.filter(([store]) => roleOf(there[store]) !== "primary");
  if (writable.length > 0 && missing.length < STORES.length) {
    return {
      why: `${writable.join(" and ")} on ${host} is a writable primary, and so is a store of ${peer}: two primaries. Decide which host stays, and stop the other one's stores`,
      next: `docker stop understudy-timescaledb understudy-redis on ${host}, then understudy rejoin ${host}`,
    };
  }
  if (writable.length > 0) {
    return { why: `${writable.join(" and ")} on ${host} is a writable primary`, next: "understudy status" };
  }
  if (missing.length === 0) return undefined;
  const seen = missing.map(([store, words]) => `${words} there ${says(there, store)}`).join(", ");
  return {
    why: `${peer} is not seen to be primary of both stores: ${seen}`,
    next: `understudy status, then promote ${peer}: understudy failover --to ${peer}`,
  };
}

function says(host: Host, store: "timescaledb" | "redis"): string {
  const observed = host[store];
  return observed.state === "observed" ? `is ${observed.role}` : `is unknown: ${observed.reason}`;
}
