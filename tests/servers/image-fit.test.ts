import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parsePostgresFit, parseRedisFit, POSTGRES_FIT, REDIS_FIT, REDIS_WRITES } from "../../drills/hosts/image-fit";
import { BACKUP_TOOLS, parseBackupTools } from "../../drills/services/backup/backup-tools";
import { canRunPostgres } from "../support/real-postgres";
import { noRedis } from "../support/replicating-redis";
import { POSTGRES_BIN } from "../support/server-programs";
import { temporaryFolder } from "../support/temporary-folder";

/** The scripts that a container of an image runs, with this machine's servers and data in a folder. */
describe("what the servers of an image say of data, by the scripts that ask them", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const asked = (script: string, ...words: string[]): string => {
    const here = script
      .replaceAll("/var/lib/postgresql/data", path.join(folder(), "postgres"))
      .replaceAll(/(?<![\w/])\/data\b/g, path.join(folder(), "redis"));
    const env = { ...process.env, PATH: `${POSTGRES_BIN ?? ""}:${process.env["PATH"] ?? ""}` };
    const { status, stdout, stderr } = spawnSync("sh", ["-c", here, "sh", ...words], { encoding: "utf8", env });
    expect(status, stderr).to.equal(0);
    return stdout;
  };
  const redisData = (form: string): void => {
    mkdirSync(path.join(folder(), "redis/appendonlydir"), { recursive: true });
    writeFileSync(path.join(folder(), "redis/appendonlydir/appendonly.aof.1.base.rdb"), `${form}and more`);
  };

  it("PostgreSQL: its version, and that of the data where there are any", function () {
    if (!canRunPostgres()) this.skip();
    const said = execFileSync(path.join(POSTGRES_BIN ?? "", "postgres"), ["--version"], { encoding: "utf8" });
    const [major] = /\d+/.exec(said) ?? expect.fail();
    expect(parsePostgresFit(asked(POSTGRES_FIT))).to.include({ data: null, server: major });
    mkdirSync(path.join(folder(), "postgres/pgdata"), { recursive: true });
    writeFileSync(path.join(folder(), "postgres/pgdata/PG_VERSION"), "12\n");
    expect(parsePostgresFit(asked(POSTGRES_FIT))).to.include({ data: "12", server: major });
  });

  it("Redis: the form that it writes is read, one that is to come is refused, in the data and by its name", function () {
    if (noRedis() !== undefined) this.skip();
    const written = asked(REDIS_WRITES);
    expect(written).to.match(/^(REDIS00|VALKEY0)\d\d$/);
    const next = `${written.slice(0, -2)}${String(Number(written.slice(-2)) + 1)}`;
    redisData(written);
    expect(parseRedisFit(asked(REDIS_FIT)).refused).to.deep.equal([]);
    expect(parseRedisFit(asked(REDIS_FIT, next)).refused).to.deep.equal([next]);
    redisData(next);
    const { server, refused } = parseRedisFit(asked(REDIS_FIT, written));
    expect(refused).to.deep.equal([next]);
    expect(server).to.match(/^(Redis|Valkey) server v=\d/);
  });

  it("Redis: the operator's word to leave the data goes before", function () {
    if (noRedis() !== undefined) this.skip();
    redisData("REDIS9999");
    mkdirSync(path.join(folder(), "redis/understudy"), { recursive: true });
    writeFileSync(path.join(folder(), "redis/understudy/adopt"), "yes\n");
    expect(parseRedisFit(asked(REDIS_FIT)).refused).to.deep.equal([]);
  });

  it("backups: the tools read the form that the server writes, and not one that is to come", function () {
    if (noRedis() !== undefined || !canRunPostgres()) this.skip();
    const written = asked(REDIS_WRITES);
    const { postgres, readsForm } = parseBackupTools(asked(BACKUP_TOOLS, written));
    expect([postgres, readsForm]).to.deep.equal([Number(/\d+/.exec(POSTGRES_BIN ?? "")?.[0]), true]);
    const next = `${written.slice(0, -2)}${String(Number(written.slice(-2)) + 1)}`;
    expect(parseBackupTools(asked(BACKUP_TOOLS, next)).readsForm).to.equal(false);
    expect(parseBackupTools(asked(BACKUP_TOOLS, "")).readsForm).to.equal(null);
  });
});
