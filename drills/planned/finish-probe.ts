import type { DrillRun } from "../engine/drill-run";
import { readStores } from "../hosts/observe";
import type { ObservedStore } from "../../evidence/document";
import { roleOf } from "../../evidence/observed-role";

/** A host that does not say in this time whether it was promoted is taken for one that was not: it may be gone. */
const SAYS_MS = 5000;

/**
 * Ends the loads of ordinary clients, then the probe, and reads its events back from whichever host each store says is primary now. Does nothing
 * the second time.
 * @param stopped called once the probe writes nothing any more, if it says so before its evidence is there
 */
export async function finishProbe(run: DrillRun, stopped?: () => void): Promise<void> {
  const { probe, clients, from, to } = run;
  run.clients = undefined;
  if (clients !== undefined) run.facts.clients = await clients.finish();
  if (probe === undefined) return;
  run.probe = undefined;
  const { timescaledb, redis } = await readStores(to, { withinMs: SAYS_MS });
  const primaryOf = (store: ObservedStore): string => (roleOf(store) === "primary" ? to : from).host.name;
  const readFrom = { timescaledb: primaryOf(timescaledb.observed), redis: primaryOf(redis.observed) };
  run.facts.probe = await probe.finish(readFrom, stopped);
}
