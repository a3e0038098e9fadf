import { mkdir, open, rename } from "node:fs/promises";
import path from "node:path";
import { viewFrom } from "../../settings/pair";
import { connectEngine } from "../hosts/engine";
import { messageOf } from "../../settings/user-error";
import { markTold } from "./redis-salvage";
import { rejoinReportSchema, type RejoinReport } from "./report";
import { forgetReturn } from "./return-postgres";
import { changed, runRejoin, type RejoinOptions } from "./rejoin";

/** A return that has ended, and where its evidence lies. */
export interface RecordedRejoin {
  readonly report: RejoinReport;
  /** Null when there was nothing to tell: the host followed all the time. */
  readonly file: string | null;
}

/** Where the evidence of a return goes unless it is told otherwise: `docs/results/rejoin_<host>_<date>.json` in `folder`. */
export function defaultReportFile(host: string, at: Date, folder = ""): string {
  return path.join(folder, "docs/results", `rejoin_${host}_${at.toISOString().replaceAll(/[-:]|\.\d+/g, "")}.json`);
}

/** A file for the evidence of a return, or the folder in which the default one lies: where this process works, unless it is said. */
interface ReportPlace {
  readonly file?: string | undefined;
  readonly folder?: string | undefined;
}

/** Runs a return and writes its evidence; only then does the host forget what it kept for it. */
export async function recordRejoin(options: RejoinOptions, place: ReportPlace): Promise<RecordedRejoin> {
  const report = rejoinReportSchema.parse(await runRejoin(options));
  if (report.success && !changed(report.timescaledb, report.redis)) return { report, file: null };
  const target = place.file ?? defaultReportFile(options.host, new Date(report.startedAt), place.folder);
  await writeReport(target, report);
  if (report.success) await forget(options, report).catch((error: unknown) => options.phase(messageOf(error)));
  return { report, file: target };
}

async function writeReport(file: string, report: RejoinReport): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = await open(temporary, "w");
  try {
    await handle.writeFile(`${JSON.stringify(report, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

async function forget({ environment, host }: RejoinOptions, { redis }: RejoinReport): Promise<void> {
  const { self } = viewFrom(environment, host);
  const engine = connectEngine(self);
  try {
    await forgetReturn({ engine, host: self });
    if (redis?.salvage) await markTold({ engine, host: self }, [path.posix.basename(redis.salvage.folder)]);
  } finally {
    engine.close();
  }
}
