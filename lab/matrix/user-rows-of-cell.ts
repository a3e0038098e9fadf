import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { rejoinReportSchema, type RejoinReport } from "../../drills/rejoin/report";
import type { EvidenceDocument } from "../../evidence/document";
import type { StoreName } from "../../settings/services";
import type { LabPair } from "../host/lab-pair";
import { LAB_HOSTS } from "../host/layout";
import { machineMs } from "../watch/attempt";
import { userDataOn } from "../watch/user-data";
import type { Watch } from "../watch/watcher";
import { countUserRows, type UserRows } from "./user-rows";

/** What is known at the end of a cell. */
export interface CellsEnd {
  /** The one primary; null when there is none. */
  readonly primary: string | null;
  readonly document: EvidenceDocument | null;
  /** Where the reports of returns lie that were run. */
  readonly folder: string;
}

/** The user's rows that either host acknowledged to a watch, against what the one primary has when all is healed. */
export async function userRowsOf(
  pair: LabPair,
  watch: Pick<Watch, "run" | "tries">,
  { primary, document, folder }: CellsEnd,
): Promise<Readonly<Record<StoreName, UserRows>>> {
  const there =
    primary === null ? undefined : userDataOn(primary, watch.run, pair.environment, await pair.credentials());
  const common = { zeroMs: Date.now() - machineMs(), document, rejoins: await rejoinsIn(folder) };
  const count = (store: StoreName): Promise<UserRows> => {
    const attempts = Object.fromEntries(LAB_HOSTS.map(({ name }) => [name, watch.tries(name, store)]));
    return countUserRows(store, { ...common, attempts, read: there?.[store] });
  };
  const [timescaledb, redis] = await Promise.all([count("timescaledb"), count("redis")]);
  return { timescaledb, redis };
}

/** What returns of a host, run as they were advised, have said. */
export async function rejoinsIn(folder: string): Promise<readonly RejoinReport[]> {
  const files = (await readdir(folder)).filter((name) => /^advised-.*\.json$/.test(name));
  const read = files.map(async (name) =>
    rejoinReportSchema.safeParse(JSON.parse(await readFile(path.join(folder, name), "utf8"))),
  );
  return (await Promise.all(read)).flatMap((one) => (one.success ? [one.data] : []));
}
