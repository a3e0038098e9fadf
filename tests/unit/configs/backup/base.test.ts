import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { backupStage, type BackupStage } from "../../../support/backup-stage";
import { temporaryFolder } from "../../../support/temporary-folder";

const MIB = 1024 * 1024;
/** The server says what the stage says, the disk has what the stage says, and nothing may be begun. */
const PROGRAMS = {
  psql: 'case $* in *BASE_BACKUP*) cat "$STAGE/server"; cat "$STAGE/server.err" >&2 ;; *) echo off ;; esac',
  df: `echo Avail; cat "$STAGE/free"`,
  restic: 'case $* in *snapshots*) cat "$STAGE/snapshots" ;; *) : >"$STAGE/begun"; cat >/dev/null ;; esac',
  pg_basebackup: ': >"$STAGE/begun"; exit 1',
};

describe("size and room of a base backup", () => {
  const folder = temporaryFolder();
  let stage: BackupStage;
  let count = 0;

  beforeEach(() => {
    const limits = {
      ...{ UNDERSTUDY_MIN_FREE_BYTES: String(64 * MIB), UNDERSTUDY_PEER_PORT: "5432" },
      UNDERSTUDY_REPLICATION_USER: "replication",
    };
    stage = backupStage(path.join(folder(), String((count += 1))), PROGRAMS, limits);
    writeFileSync(stage.at("snapshots"), "[]");
    writeFileSync(stage.at("server.err"), "");
  });

  /** Takes one with so many MiB free on a server that tells these rows: object id, path, KiB. */
  function reasonOf(free: number, ...rows: string[]): string {
    writeFileSync(stage.at("free"), `${free * MIB}\n`);
    writeFileSync(stage.at("server"), ["0/3000028|1", ...rows].map((row) => `${row}\n`).join(""));
    expect(stage.run("take.sh", "timescaledb").code).to.equal(1);
    return /^reason=(.*)$/m.exec(readFileSync(stage.at("backup/status/host-b.timescaledb"), "utf8"))?.[1] ?? "";
  }
  const begun = (): boolean => existsSync(stage.at("begun"));

  it("are asked before it: the first one may take as much as the server holds", () => {
    expect(reasonOf(1000, "||1048576")).to.equal(
      "no room on host-a: a base backup of host-b (1024 MiB) needs up to 1024 MiB; 1000 MiB are free, and 64 MiB must stay free; nothing was begun",
    );
    expect(begun()).to.equal(false);
  });

  it("count only the growth where the repository has one already", () => {
    writeFileSync(stage.at("snapshots"), JSON.stringify([{ tags: ["timescaledb", `bytes:${1000 * MIB}`] }]));
    expect(reasonOf(1000, "||1048576")).to.equal("pg_basebackup: it ended with 1 and said nothing");
    expect(begun()).to.equal(true);
  });

  it("count what is staged as well where there are tablespaces, which are named", () => {
    writeFileSync(stage.at("snapshots"), JSON.stringify([{ tags: ["timescaledb", `bytes:${1024 * MIB}`] }]));
    expect(reasonOf(1000, "16384|/mnt/large|524288", "16385|/mnt/odd|name|0", "||524288")).to.equal(
      "no room on host-a: a base backup of host-b (1024 MiB) needs up to 0 MiB, and 1024 MiB to stage it, since it has tablespaces (/mnt/large, /mnt/odd|name); 1000 MiB are free, and 64 MiB must stay free; nothing was begun",
    );
    expect(begun()).to.equal(false);
    expect(reasonOf(2000, "16384|/mnt/large|524288", "||524288")).to.equal(
      "pg_basebackup: it ended with 1 and said nothing (tablespaces: /mnt/large)",
    );
  });

  it("must be known: a server that does not tell them is not backed up", () => {
    writeFileSync(stage.at("server.err"), "connection refused\n");
    expect(reasonOf(1000, "16384|/mnt/large|7")).to.equal("host-b does not tell how large it is: connection refused");
    expect(begun()).to.equal(false);
  });
});
