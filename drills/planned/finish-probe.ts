import type { DrillRun } from "../engine/drill-run";
import { bounded } from "../hosts/bounded";
import { observePostgres, observeRedis } from "../hosts/observe";

/** A host that does not say in this time whether it was promoted is taken for one that was not: it may be gone. */
const SAYS_MS = 5000;

/** Ends the probe and reads its events back from whichever host each store says is primary now. Does nothing the second time. */
export async function finishProbe(run: DrillRun): Promise<void> {
  const { probe, from, to } = run;
  if (probe === undefined) return;
  run.probe = undefined;
  const promoted = async (reading: ReturnType<typeof observePostgres>): Promise<boolean> =>
    bounded("its role", SAYS_MS, reading)
      .then((store) => store.state === "observed" && store.role === "primary")
      .catch(() => false);
  const nameOf = (isPromoted: boolean): string => (isPromoted ? to : from).host.name;
  const [postgres, redis] = await Promise.all([promoted(observePostgres(to.sql)), promoted(observeRedis(to.redis))]);
  run.facts.probe = await probe.finish({ timescaledb: nameOf(postgres), redis: nameOf(redis) });
}
