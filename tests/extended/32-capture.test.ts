import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { labHeal } from "../../lab/faults/heal";
import { strikeFault } from "../../lab/faults/strike";
import { BRIDGE, HOST_B } from "../../lab/host/layout";
import { loadEnvironment } from "../../settings/load-environment";
import { ownPassword, OWN_ROLE_NAMES } from "../../settings/own-roles";
import { ownRedisPassword, OWN_REDIS_USER_NAMES } from "../../settings/own-redis-users";
import { viewFrom } from "../../settings/pair";
import { foundInCapture, inHost, startCapture, type Capture } from "../support/capture";
import { openDefaultRedis } from "../support/default-redis";
import { good, untilWhole } from "../support/lab-pair";
import { upWithoutBackups, WITH_BACKUPS } from "../support/lab-with-backups";
import { labCredentials, understudy } from "../support/lab-stacks";
import { upAs } from "../support/plain-lab";
import { plantedSecret } from "../support/planted-secrets";
import { openSuperuser } from "../support/superuser";
import { temporaryFolder } from "../support/temporary-folder";

/** A row that is in the clear nowhere else; long, so that no border between two packets hides it. */
const ROW = plantedSecret("row");
const ROWS = 20;

describe("what can be read on the way, with the pair's certificates", function () {
  this.timeout(1_200_000);
  this.slow(300_000);
  const folder = temporaryFolder();
  let capture: Capture | undefined;

  const verb = async (...words: string[]): Promise<void> => {
    good(await understudy(...words, "--env-config", WITH_BACKUPS));
  };

  before(async () => {
    await untilWhole("host-a");
    await upAs(WITH_BACKUPS);
    await untilWhole("host-a");
  });
  after(async () => {
    await capture?.stop();
    await upWithoutBackups();
    await untilWhole("host-a");
  });

  /** A user's row in both stores of the primary. */
  async function write(primary: string): Promise<void> {
    const environment = loadEnvironment(WITH_BACKUPS);
    const { self } = viewFrom(environment, primary);
    const sql = await openSuperuser(self);
    try {
      await sql.query("create table if not exists captured (row text)");
      await sql.query("insert into captured select $1 from generate_series(1, 200)", [ROW.repeat(ROWS)]);
    } finally {
      await sql.end();
    }
    const redis = await openDefaultRedis(self, environment, await labCredentials());
    try {
      for (let n = 0; n < 50; n += 1) await redis.command("SET", `captured:${String(n)}`, ROW.repeat(ROWS));
    } finally {
      redis.close();
    }
  }

  async function secrets(): Promise<Record<string, string>> {
    const all = await labCredentials();
    const { postgres, replication, redis, grafana, backup = "" } = all;
    return {
      ...{ row: ROW, postgres, replication, redis, grafana, backup },
      ...Object.fromEntries(OWN_ROLE_NAMES.map((role) => [role, ownPassword(all, role)])),
      ...Object.fromEntries(OWN_REDIS_USER_NAMES.map((user) => [`redis ${user}`, ownRedisPassword(all, user)])),
    };
  }

  it("is seen by the capture where it is in the clear, on either link", async () => {
    capture = await startCapture(folder());
    const planted = plantedSecret("control");
    const send = (to: string): string => `printf %s '${planted}' >/dev/udp/${to}/9`;
    const [, ...words] = inHost("host-a", "bash", "-c", send(HOST_B.replicationAddress));
    execFileSync("nsenter", words);
    const [, ...back] = inHost("host-a", "bash", "-c", send(BRIDGE.address));
    execFileSync("nsenter", back);
    const files = await capture.stop();
    capture = undefined;
    for (const one of Object.values(files))
      expect(foundInCapture(one, { control: planted }).names, one).to.deep.equal(["control"]);
  });

  it("is no password and no row, over switchovers, a backup, a failover, a rejoin and rotations", async () => {
    const former = Object.entries(await secrets()).map(([name, value]) => [`${name}, the former one`, value] as const);
    capture = await startCapture(folder());
    await write("host-a");
    await verb("backup", "now", "--service", "timescaledb");
    await verb("backup", "now", "--service", "redis");
    await verb("switchover", "--to", "host-b", "--execute");
    await write("host-b");
    await strikeFault("power-loss", "host-b", () => undefined);
    await verb(
      "failover",
      "--to",
      "host-a",
      "--unplanned",
      "--execute",
      "--accept-loss",
      "the power was cut by a test",
    );
    await labHeal(() => undefined);
    await verb("rejoin", "host-b", "--execute");
    await write("host-a");
    await verb("rotate", "replication", "--execute");
    await verb("rotate", "roles", "--execute");
    // Both ask every host; what they find of a backup that was tried beside the power loss is not at stake here.
    await understudy("status", "--env-config", WITH_BACKUPS);
    await understudy("doctor", "--env-config", WITH_BACKUPS);
    await untilWhole("host-a");
    const files = await capture.stop();
    capture = undefined;
    for (const [link, one] of Object.entries(files)) {
      const { names, bytes } = foundInCapture(one, { ...Object.fromEntries(former), ...(await secrets()) });
      expect(names, `${link}, ${String(bytes)} bytes`).to.deep.equal([]);
      expect(bytes, link).to.be.greaterThan(2_000_000);
    }
  });
});
