import { readJudgedEvidence } from "../../evidence/report/judged-evidence";
import { outageOf } from "../../evidence/report/figures";
import { STORE_NAMES, type StoreName } from "../../settings/services";
import { TOLD_DRILLS, type ToldDrill } from "../../settings/told";
import { evidenceCandidates } from "../readiness/find-rehearsals";

/** The executed drills of an environment, the newest first, as many as a host is told; evidence that cannot be read is left out. */
export async function pastDrills(folder: string, environment: string): Promise<readonly ToldDrill[]> {
  const drills: ToldDrill[] = [];
  for (const { file } of await evidenceCandidates(folder)) {
    if (drills.length === TOLD_DRILLS) break;
    const judged = await readJudgedEvidence(file).catch(() => undefined);
    if (judged === undefined) continue;
    const { document, verdict } = judged;
    const { id, mode, kind, environment: its, finishedAt, durationMs } = document.drill;
    if (mode !== "execute" || its !== environment || drills.some((one) => one.id === id)) continue;
    const outage = (store: StoreName): number | null => {
      const gapMs = outageOf(document, store);
      return gapMs === null ? null : gapMs / 1000;
    };
    drills.push({
      ...{ id, kind, verdict: verdict.verdict, finishedAt: Date.parse(finishedAt) / 1000 },
      durationSeconds: durationMs / 1000,
      outageSeconds: Object.fromEntries(
        STORE_NAMES.map((store) => [store, outage(store)]),
      ) as ToldDrill["outageSeconds"],
    });
  }
  return drills;
}
