import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";

const SCRIPTS = path.resolve(__dirname, "../../configs/backup");

/** The backup container's scripts in a folder of their own, with stand-ins for the programs that they call. */
export interface BackupStage {
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
  /** A path below the folder. */
  at(...names: string[]): string;
  /** Runs a script of the container to its end. */
  run(script: string, ...words: string[]): { readonly code: number | null; readonly out: string; readonly err: string };
}

/**
 * Makes a stage in an empty folder: host-a is here, host-b is the peer. Each program is a shell script that finds the
 * stage's folder in $STAGE.
 */
export function backupStage(
  folder: string,
  programs: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): BackupStage {
  const at = (...names: string[]): string => path.join(folder, ...names);
  for (const one of ["bin/files/current", "path", "backup"]) mkdirSync(at(one), { recursive: true });
  for (const one of readdirSync(SCRIPTS)) symlinkSync(path.join(SCRIPTS, one), at("bin", one));
  for (const one of ["redis", "backup", "repository", "replication"])
    writeFileSync(at("bin/files/current", one), "hidden\n");
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(at("path", name), `#!/bin/sh\n${script}\n`);
    chmodSync(at("path", name), 0o755);
  }
  const variables = {
    PATH: `${at("path")}:${process.env["PATH"] ?? ""}`,
    ...{ STAGE: folder, UNDERSTUDY_BIN: at("bin"), UNDERSTUDY_BACKUP_FOLDER: at("backup") },
    ...{ UNDERSTUDY_RUN_FOLDER: at("run"), UNDERSTUDY_HOST: "host-a", UNDERSTUDY_PEER_HOST: "host-b" },
    ...{ UNDERSTUDY_PEER_ADDRESS: "10.0.0.2", UNDERSTUDY_PEER_METRICS_PORT: "9121" },
    UNDERSTUDY_REDIS_USER: "understudy_backup",
    ...more,
  };
  const run: BackupStage["run"] = (script, ...words) => {
    const { status, stdout, stderr } = spawnSync("sh", [at("bin", script), ...words], {
      ...{ env: variables, encoding: "utf8" },
    });
    return { code: status, out: stdout, err: stderr };
  };
  return { folder, variables, at, run };
}
