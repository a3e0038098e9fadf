import { expect } from "chai";
import type { WriterOrder } from "../../lab/watch/attempt";
import { openPostgres, openRedis } from "../../lab/watch/doors";
import { USER_DATABASE, USER_ROLE, USER_TABLE, userDataOn, userRow } from "../../lab/watch/user-data";
import { ownPassword } from "../../settings/own-roles";
import type { Environment } from "../../settings/environment";
import { canRunPostgres, POSTGRES_PASSWORD, startPostgres, type RealPostgres } from "../support/real-postgres";
import { canRunRedis, REDIS_PASSWORD, startRedis, type RealRedis } from "../support/real-redis";
import { temporaryFolder } from "../support/temporary-folder";

const RUN = "5b0d1c1e-run";
const PASSWORD = ownPassword({ postgres: POSTGRES_PASSWORD }, USER_ROLE);
const HOSTS = ["host-a", "host-b"] as const;

describe("what the matrix' watcher writes, on servers of this machine", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let postgres: RealPostgres;
  let redis: RealRedis;
  let runs = false;

  const order = (host: string): WriterOrder => ({
    ...{ host, address: "127.0.0.1", run: RUN, intervalMs: 20, timeoutMs: 5000 },
    postgres: { port: postgres.port, database: "understudy", user: USER_ROLE, password: PASSWORD },
    redis: { port: redis.port, password: REDIS_PASSWORD },
  });
  const found = (): ReturnType<typeof userDataOn> => {
    const hosts = Object.fromEntries(HOSTS.map((name) => [name, { address: "127.0.0.1" }]));
    const environment = { hosts, ports: { postgres: postgres.port, redis: redis.port } } as unknown as Environment;
    return userDataOn("host-a", RUN, environment, { postgres: POSTGRES_PASSWORD, redis: REDIS_PASSWORD });
  };

  before(async function () {
    if (!canRunPostgres() || !canRunRedis()) this.skip();
    postgres = await startPostgres(folder(), { synchronous_commit: "off" });
    redis = await startRedis(folder());
    postgres.sql("understudy", `create role ${USER_ROLE} login createdb password '${PASSWORD}'`);
    runs = true;
  });
  after(async () => {
    if (!runs) return;
    postgres.stop();
    await redis.stop();
  });

  it("is a row of a database of its own, which the first writer makes, and durable once it is acknowledged", async () => {
    for (const host of HOSTS) {
      const door = await openPostgres(order(host));
      await door.write(1);
      await door.write(7);
      const settings = postgres.sql(
        "understudy",
        "select query from pg_stat_activity where application_name = 'lab-watch'",
      );
      expect(settings).to.include(`insert into ${USER_TABLE}`);
      expect(door.isOpen()).to.equal(true);
      door.close();
      expect(door.isOpen()).to.equal(false);
      postgres.sql(
        USER_DATABASE,
        `alter table ${USER_TABLE} add column if not exists how text default current_setting('synchronous_commit')`,
      );
    }
    const how = `select distinct how from ${USER_TABLE} where host = '${HOSTS[1]}'`;
    expect(postgres.sql(USER_DATABASE, how).trim(), "whatever the server's own setting is").to.equal("on");
    expect(postgres.sql(USER_DATABASE, `select count(*) from ${USER_TABLE}`).trim()).to.equal("4");
    expect(postgres.sql("understudy", "select to_regnamespace('shop') is null").trim()).to.equal("t");
  });

  it("is an entry in database 3 of Redis, and in no other", async () => {
    for (const host of HOSTS) {
      const door = await openRedis(order(host));
      await door.write(1);
      await door.write(7);
      door.close();
    }
    expect(redis.cli("INFO", "keyspace"))
      .to.match(/db3:keys=2/)
      .and.not.match(/db0/);
  });

  it("is read back by host and number, and taken away", async () => {
    const all = HOSTS.flatMap((host) => [userRow(host, 1), userRow(host, 7)]);
    const { timescaledb, redis: ofRedis } = found();
    expect([...(await timescaledb())]).to.have.members(all);
    expect([...(await ofRedis())]).to.have.members(all);
    expect([...(await timescaledb()), ...(await ofRedis())]).to.deep.equal([]);
  });

  it("is refused, not counted, where Redis takes no writes or does not know the password", async () => {
    redis.cli("REPLICAOF", "127.0.0.1", "1");
    const door = await openRedis(order("host-a"));
    const refused = await door.write(8).then(
      () => "acknowledged",
      (error: unknown) => String(error),
    );
    expect(refused).to.include("READONLY");
    expect(door.isOpen(), "the connection goes on").to.equal(true);
    door.close();
    redis.cli("REPLICAOF", "NO", "ONE");
    const wrong = { ...order("host-a"), redis: { port: redis.port, password: "another" } };
    const answer = await openRedis(wrong).then(
      () => "open",
      (error: unknown) => String(error),
    );
    expect(answer).to.include("WRONGPASS");
  });
});
