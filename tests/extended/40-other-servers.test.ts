import path from "node:path";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { labHeal } from "../../lab/faults/heal";
import { strikeFault } from "../../lab/faults/strike";
import { SERVER_TREES, serverTree } from "../../lab/images/recipes";
import { loadEnvironment } from "../../settings/load-environment";
import { viewFrom } from "../../settings/pair";
import { openDefaultRedis } from "../support/default-redis";
import { good, untilRoles, untilWhole, type HostName } from "../support/lab-pair";
import { upWithBackups, upWithoutBackups, WITH_BACKUPS } from "../support/lab-with-backups";
import { labCredentials, understudyAloud } from "../support/lab-stacks";
import { openSuperuser } from "../support/superuser";
import { temporaryFolder } from "../support/temporary-folder";

const quiet = (): void => undefined;

/**
 * The whole program on the servers that UNDERSTUDY_LAB_SERVERS names, each from a Debian tree of its own:
 *     UNDERSTUDY_LAB_SERVERS=sid bin/understudy lab up, then `understudy up`, then this file with the same variable.
 * It prints what the servers say they are.
 */
describe("a pair on the servers of another tree, on the lab", function () {
  this.timeout(900_000);
  this.slow(300_000);
  const folder = temporaryFolder();
  const tree = serverTree();
  let rows = 0;

  before(async () => {
    await untilWhole("host-a");
    await upWithBackups();
    await untilWhole("host-a");
    await forgetEarlier();
  });
  after(async () => {
    await upWithoutBackups();
    await untilWhole("host-a");
  });

  const verb = async (...words: string[]): Promise<void> => {
    good(await understudyAloud(...words, "--env-config", WITH_BACKUPS));
  };
  const evidence = (name: string): readonly string[] => ["--output-file", path.join(folder(), `${name}.env`)];

  /** What an earlier run has left. */
  async function forgetEarlier(): Promise<void> {
    const environment = loadEnvironment(WITH_BACKUPS);
    const { self } = viewFrom(environment, "host-a");
    const sql = await openSuperuser(self);
    await sql.query("drop table if exists another_tree").finally(() => sql.end());
    const redis = await openDefaultRedis(self, environment, await labCredentials());
    try {
      for (const database of ["0", "3"]) {
        await redis.command("SELECT", database);
        for (const key of (await redis.command("KEYS", "another-tree:*")) as string[]) await redis.command("DEL", key);
      }
    } finally {
      redis.close();
    }
  }

  /** Two more rows of a user and a key of a user's in each of two databases, on whichever host is primary. */
  async function write(primary: HostName): Promise<void> {
    const environment = loadEnvironment(WITH_BACKUPS);
    const { self } = viewFrom(environment, primary);
    rows += 2;
    const sql = await openSuperuser(self);
    try {
      await sql.query("create table if not exists another_tree (row int primary key)");
      await sql.query(`insert into another_tree values (${String(rows - 1)}), (${String(rows)})`);
    } finally {
      await sql.end();
    }
    const redis = await openDefaultRedis(self, environment, await labCredentials());
    try {
      for (const database of ["0", "3"]) {
        await redis.command("SELECT", database);
        await redis.command("SET", `another-tree:${String(rows)}`, "kept");
      }
    } finally {
      redis.close();
    }
  }

  /** Every service of a host; one that is being backed up just then is not begun, and tried again. */
  async function backUp(host: HostName): Promise<void> {
    const words = ["backup", "now", "--host", host, "--env-config", WITH_BACKUPS];
    const { reading } = await pollUntil(
      () => understudyAloud(...words),
      ({ code }) => code === 0,
      { deadlineMs: 180_000, pauseMs: 5000 },
    );
    good(reading);
  }

  /** What the primary has of them. */
  async function kept(primary: HostName): Promise<readonly unknown[]> {
    const environment = loadEnvironment(WITH_BACKUPS);
    const { self } = viewFrom(environment, primary);
    const sql = await openSuperuser(self);
    const counted = await sql
      .query<{ rows: string }>("select count(*)::text as rows from another_tree")
      .finally(() => sql.end());
    const redis = await openDefaultRedis(self, environment, await labCredentials());
    try {
      const keys: unknown[] = [];
      for (const database of ["0", "3"]) {
        await redis.command("SELECT", database);
        keys.push(((await redis.command("KEYS", "another-tree:*")) as unknown[]).length);
      }
      return [Number(counted.rows[0]?.rows), ...keys];
    } finally {
      redis.close();
    }
  }
  const all = (): readonly unknown[] => [rows, rows / 2, rows / 2];

  it("has the servers that it is to have", async () => {
    const environment = loadEnvironment(WITH_BACKUPS);
    const { self } = viewFrom(environment, "host-a");
    const sql = await openSuperuser(self);
    const { rows: found } = await sql
      .query<{ server_version: string }>("select current_setting('server_version') as server_version")
      .finally(() => sql.end());
    const redis = await openDefaultRedis(self, environment, await labCredentials());
    const info = String(await redis.command("INFO", "server"));
    redis.close();
    const said = /^(?:redis|valkey)_version:.*$/gmu;
    console.log(`    ${tree}: PostgreSQL ${found[0]?.server_version ?? "?"}, ${(info.match(said) ?? []).join(", ")}`);
    expect(Number.parseInt(found[0]?.server_version ?? "", 10)).to.equal(SERVER_TREES[tree].postgres);
  });

  it("changes its roles there and back, and keeps what was written", async () => {
    await write("host-a");
    await verb("switchover", "--to", "host-b", "--execute", ...evidence("there"));
    await untilWhole("host-b");
    await write("host-b");
    await verb("switchover", "--to", "host-a", "--execute", ...evidence("back"));
    await untilWhole("host-a");
    expect(await kept("host-a")).to.deep.equal(all());
  });

  it("backs both stores up, and restores them beside the services", async () => {
    for (const service of ["timescaledb", "redis"]) {
      await verb("backup", "now", "--service", service);
      await verb("backup", "restore", "--service", service);
    }
  });

  it("survives the loss of its primary, takes it back and gives it its role again", async () => {
    const lost = ["--accept-loss", "the power was cut by a test"];
    await write("host-a");
    await strikeFault("power-loss", "host-a", quiet);
    await verb("failover", "--to", "host-b", "--unplanned", "--execute", ...lost, ...evidence("unplanned"));
    await write("host-b");
    await labHeal(quiet);
    await verb("rejoin", "host-a", "--execute");
    await untilRoles("standby", "primary");
    await untilWhole("host-b");
    // A switchover is refused while the newest try of a backup has failed, as those did meanwhile.
    for (const host of ["host-a", "host-b"] as const) await backUp(host);
    await verb("switchover", "--to", "host-a", "--execute", ...evidence("failback"));
    await untilWhole("host-a");
    expect(await kept("host-a")).to.deep.equal(all());
  });
});
