import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { parseBackups } from "../../drills/services/backup/backups";
import { parseLogBatches, parseWholeLog, type LogBatch } from "../../drills/services/backup/log-batches";
import { logGap } from "../../drills/services/backup/wal-archive";
import { BaseBackups, canBackUp } from "./base-backups";
import type { BackupStage } from "./backup-stage";
import { temporaryFolder } from "./temporary-folder";

/** Bytes of one file of the log. */
export const SEGMENT = 16 * 1024 * 1024;
const LIMITS = {
  ...{ UNDERSTUDY_LOG_YOUNG_SECONDS: "0", UNDERSTUDY_LOG_MOST_BYTES: String(3 * SEGMENT) },
  UNDERSTUDY_KEEP_LAST: "1",
};

/** The log of a real server, which is received and goes into a real repository. */
export interface LogArchive {
  readonly real: () => BaseBackups;
  readonly folder: () => string;
  /** Writes rows, each with the rest of a file of the log, and waits until that is received. */
  readonly insert: (...ids: number[]) => Promise<void>;
  /** The rows of a restore. @param settings of its recovery */
  readonly ids: (settings?: string) => Promise<string>;
  readonly batch: () => ReturnType<BackupStage["run"]>;
  /** Takes batches until nothing is left. */
  readonly everything: () => void;
  /** Names of the closed files in the folder. */
  readonly inFolder: () => readonly string[];
  readonly stored: () => readonly LogBatch[];
  /** What is missing since the oldest base backup. */
  readonly gap: () => string | undefined;
  readonly status: () => string;
  /** What is done before restic is called. */
  readonly hook: (script: string) => void;
}

/** Opens one for the tests of a suite; they are skipped where there is no server. */
export function logArchive(): LogArchive {
  let backups: BaseBackups | undefined;
  after(() => backups?.close());
  const folder = temporaryFolder();
  const real = (): BaseBackups => {
    if (backups === undefined) throw new Error("not opened");
    return backups;
  };
  const insert = async (...ids: number[]): Promise<void> => {
    for (const id of ids) {
      real().sql(`insert into orders values (${id})`);
      await real().closeSegment();
    }
  };
  const ids = (settings = ""): Promise<string> =>
    real().restored((answer) => answer("select string_agg(id::text, ' ' order by id) from orders"), { settings });
  const batch = (): ReturnType<BaseBackups["take"]> => real().stage.run("take.sh", "log");
  const inFolder = (): readonly string[] =>
    readdirSync(real().stage.at("backup/wal/host-b"))
      .filter((one) => /^[0-9A-F]{24}$/.test(one))
      .sort();
  const stored = (): ReturnType<typeof parseLogBatches> => parseLogBatches(real().restic("snapshots", "--json"));
  const gap = (): string | undefined => {
    const [base] = parseBackups(real().restic("snapshots", "--json"));
    return logGap(parseWholeLog(real().stage.run("ask.sh", "wal").out), base?.base?.firstSegment ?? "");
  };
  const status = (): string => readFileSync(real().stage.at("backup/status/host-b.log"), "utf8");
  const hook = (script: string): void => writeFileSync(real().stage.at("restic"), script);
  const everything = (): void => {
    for (let turns = 20; batch().code === 0 && turns > 0; turns -= 1);
  };

  before(async function () {
    if (!canBackUp()) this.skip();
    backups = await BaseBackups.open(folder(), LIMITS);
    backups.sql("create table orders (id int)");
    const said = backups.take();
    expect(said.code, said.err).to.equal(0);
  });
  return { real, folder, insert, ids, batch, everything, inFolder, stored, gap, status, hook };
}
