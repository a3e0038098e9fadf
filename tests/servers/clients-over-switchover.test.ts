import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { startLoads, type ClientLoads } from "../../drills/clients/loads";
import { endClientSessions } from "../../drills/hosts/client-sessions";
import { pollUntil } from "../../drills/hosts/bounded";
import { identify } from "../../drills/hosts/postgres";
import { identifyRedis } from "../../drills/hosts/redis";
import { clientErrorsOf } from "../../evidence/client-figures";
import { clientLoadFaults } from "../../evidence/client-load-faults";
import { clientsSchema } from "../../evidence/client-loads";
import { CLIENT_DRIVER_NAMES } from "../../settings/client-drivers";
import { slotName } from "../../settings/names";
import { REDIS_RIGHTS } from "../../settings/own-redis-users";
import { OWN_FUNCTIONS, RIGHTS } from "../../settings/own-roles";
import { canRunPostgres } from "../support/real-postgres";
import { noRedis, ReplicatingRedis } from "../support/replicating-redis";
import { StreamingPostgres } from "../support/streaming-postgres";
import { temporaryFolder } from "../support/temporary-folder";

const USER = "understudy_probe";
const PASSWORD = "the probe's own";

describe("ordinary clients beside a change of roles on real servers", function () {
  this.timeout(180_000);
  const folder = temporaryFolder();
  const postgres: StreamingPostgres[] = [];
  const redis: ReplicatingRedis[] = [];
  let loads: ClientLoads | undefined;
  after(async () => {
    await loads?.abort();
    for (const one of redis) one.stop();
    await Promise.all(postgres.map((one) => one.stop()));
  });

  before(async function () {
    if (!canRunPostgres() || noRedis() !== undefined) this.skip();
    const primary = await StreamingPostgres.primary(path.join(folder(), "a"));
    postgres.push(primary);
    for (const statement of [
      "create schema understudy",
      "create table understudy.events (written_at timestamptz not null default clock_timestamp(), run text not null, seq bigint not null)",
      `create function understudy.end_sessions(text) returns setof text language sql as $own$ ${OWN_FUNCTIONS.end_sessions.body} $own$`,
      `create role ${USER} login`,
      ...RIGHTS.filter(({ role, grant }) => role === USER && / on (schema|table) /.test(grant)).map(
        ({ grant }) => `grant ${grant} to ${USER}`,
      ),
    ]) {
      await primary.query(statement);
    }
    postgres.push(await StreamingPostgres.standby(path.join(folder(), "b"), primary, slotName("b")));
    const rules = REDIS_RIGHTS.filter(({ user }) => user === USER).flatMap((right) => right.rules);
    for (const name of ["ra", "rb"]) {
      const server = await ReplicatingRedis.start(path.join(folder(), name), "--repl-ping-replica-period", "3600");
      redis.push(server);
      await server.session.command("ACL", "SETUSER", USER, "on", `>${PASSWORD}`, "resetchannels", "-@all", ...rules);
    }
    await redis[1]?.follow(redis[0] ?? expect.fail("no server"));
  });

  it("find the new primary by themselves, with the probe's few rights, and say what they saw meanwhile", async () => {
    const [oldSql, newSql] = postgres;
    const [oldRedis, newRedis] = redis;
    if (!oldSql || !newSql || !oldRedis || !newRedis) return expect.fail("no servers");
    const originNs = String(process.hrtime.bigint());
    const host = "127.0.0.1";
    loads = await startLoads({
      ...{ drivers: CLIENT_DRIVER_NAMES, drillId: "d-1", originNs },
      endpoints: [
        { name: "host-a", postgres: { host, port: oldSql.port }, redis: { host, port: oldRedis.port } },
        { name: "host-b", postgres: { host, port: newSql.port }, redis: { host, port: newRedis.port } },
      ],
      credentials: { user: USER, postgres: "", redisUser: USER, redis: PASSWORD, redisBefore: "" },
    });
    await loads.ready;
    const now = (): number => Number(process.hrtime.bigint() - BigInt(originNs)) / 1e6;

    const began = now();
    const sql = await oldSql.open();
    expect((await endClientSessions(sql, slotName("b"), 10_000)).left).to.deep.equal([]);
    await sql.end();
    await oldSql.stop("SIGINT");
    await newSql.query("select pg_promote(false)");
    const promoted = await newSql.open();
    await pollUntil(
      () => identify(promoted),
      (one) => !one.inRecovery,
      { deadlineMs: 20_000, pauseMs: 20 },
    );
    await promoted.end();
    await oldRedis.session.command("CLIENT", "PAUSE", "10000", "WRITE");
    const { offset } = await identifyRedis(oldRedis.session);
    await pollUntil(
      () => identifyRedis(newRedis.session),
      (one) => one.offset === offset,
      { deadlineMs: 5000, pauseMs: 1 },
    );
    await oldRedis.session.command("REPLICAOF", host, String(newRedis.port));
    await newRedis.session.command("REPLICAOF", "NO", "ONE");
    await oldRedis.session.command("CLIENT", "UNPAUSE");
    const ended = now();
    await sleep(3000);

    const clients = clientsSchema.parse(await loads.finish());
    expect(clients.notTried).to.deep.equal([]);
    expect(clients.loads.map(({ driver }) => driver)).to.deep.equal(CLIENT_DRIVER_NAMES);
    for (const load of clients.loads) {
      const { samples, counts, codes, driver } = load;
      expect(clientLoadFaults(load), driver).to.deep.equal([]);
      const answered = (holds: (at: number) => boolean): number =>
        new Set(samples.client.filter((_, at) => samples.end[at] === "a" && holds(at))).size;
      expect(
        answered((at) => (samples.endMs[at] ?? 0) < began),
        `${driver} before`,
      ).to.equal(load.clients);
      expect(
        answered((at) => (samples.startMs[at] ?? 0) > ended),
        `${driver} after, ${JSON.stringify(codes)}`,
      ).to.equal(load.clients);
      expect(counts.sent).to.equal(counts.answered + clientErrorsOf(load));
      expect(clientErrorsOf(load), `${driver} saw nothing, ${JSON.stringify(counts)}`).to.be.greaterThan(0);
      if (load.store === "redis") expect(codes["READONLY"], driver).to.be.greaterThan(0);
    }
  });
});
