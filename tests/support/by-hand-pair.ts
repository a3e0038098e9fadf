import { execFileSync } from "node:child_process";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createJournal } from "../../drills/bootstrap/journal";
import { pollUntil } from "../../drills/hosts/bounded";
import { ensureSlot, identify, streamingTo, walPositions } from "../../drills/hosts/postgres";
import { identifyRedis } from "../../drills/hosts/redis";
import { startProbe } from "../../drills/probe/probe";
import { PROBE_ROLE } from "../../drills/probe/options";
import { parseLsn } from "../../evidence/lsn";
import type { ProbeEvidence } from "../../evidence/document";
import { slotName } from "../../settings/names";
import { REDIS_RIGHTS } from "../../settings/own-redis-users";
import { RIGHTS } from "../../settings/own-roles";
import { ReplicatingRedis } from "./replicating-redis";
import { POSTGRES_BIN } from "./server-programs";
import { StreamingPostgres } from "./streaming-postgres";

const HOST = "127.0.0.1";
const PASSWORD = "the probe's own";
/** What is waited for inside the window is looked at so often. */
const LOOK = { deadlineMs: 20_000, pauseMs: 1 };
const SETTLED = { deadlineMs: 20_000, pauseMs: 50 };
/** The probe writes for so long before and after. */
const BESIDE_MS = 1500;

/** Servers that keep what they were told, as those of a pair do: the figures are compared with a pair's. */
const DURABLE = ["fsync = on", "autovacuum = on", "checkpoint_timeout = 5min"];

interface Side {
  readonly name: string;
  readonly postgres: StreamingPostgres;
  readonly redis: ReplicatingRedis;
}

/** Plain servers on loopback, no container around them and nothing encrypted, whose roles are exchanged as a person would by a script. */
export class ByHandPair {
  #drills = 0;

  private constructor(private sides: readonly [Side, Side]) {}

  static async start(folder: string): Promise<ByHandPair> {
    const primary = await StreamingPostgres.primary(path.join(folder, "by-hand-a"), DURABLE);
    const sql = await primary.open();
    await createJournal(sql);
    await sql.query(`create role ${PROBE_ROLE} login`);
    for (const { role, grant } of RIGHTS) {
      if (role === PROBE_ROLE && / on (schema|table|parameter) /.test(grant))
        await sql.query(`grant ${grant} to ${PROBE_ROLE}`);
    }
    await sql.end();
    const standby = await StreamingPostgres.standby(path.join(folder, "by-hand-b"), primary, slotName("hand-b"));
    const rules = REDIS_RIGHTS.filter(({ user }) => user === PROBE_ROLE).flatMap((right) => right.rules);
    const [redis, replica] = await Promise.all(
      ["redis-a", "redis-b"].map(async (name) => {
        const always = ["--repl-ping-replica-period", "3600", "--appendonly", "yes"];
        const server = await ReplicatingRedis.start(path.join(folder, name), ...always);
        await server.session.command(
          ...["ACL", "SETUSER", PROBE_ROLE, "on", `>${PASSWORD}`, "resetchannels", "-@all", ...rules],
        );
        return server;
      }),
    );
    if (redis === undefined || replica === undefined) throw new Error("Redis did not start");
    await replica.follow(redis);
    return new ByHandPair([
      { name: "hand-a", postgres: primary, redis },
      { name: "hand-b", postgres: standby, redis: replica },
    ]);
  }

  /** Exchanges the roles of both stores, one after the other, while the product's own probe writes. @returns what it saw */
  async switchover(): Promise<ProbeEvidence> {
    const [from, to] = this.sides;
    this.#drills += 1;
    const probe = await startProbe({
      drillId: `by-hand-${this.#drills}`,
      endpoints: this.sides.map(({ name, postgres, redis }) => ({
        name,
        postgres: { host: HOST, port: postgres.port },
        redis: { host: HOST, port: redis.port },
      })),
      credentials: { user: PROBE_ROLE, postgres: "", redisUser: PROBE_ROLE, redis: PASSWORD },
      originNs: String(process.hrtime.bigint()),
    });
    try {
      await probe.ready;
      await sleep(BESIDE_MS);
      await exchangePostgres(from, to);
      await sleep(BESIDE_MS);
      await exchangeRedis(from, to);
      await sleep(BESIDE_MS);
      const seen = await probe.finish({ timescaledb: to.name, redis: to.name });
      await follows(to, from);
      this.sides = [to, from];
      return seen;
    } finally {
      await probe.abort();
    }
  }

  async stop(): Promise<void> {
    for (const { redis } of this.sides) redis.stop();
    await Promise.all(this.sides.map(({ postgres }) => postgres.stop()));
  }
}

/** A checkpoint, a clean stop, a comparison of WAL positions, a promotion; the old primary follows afterwards. */
async function exchangePostgres(from: Side, to: Side): Promise<void> {
  const sql = await to.postgres.open();
  const slot = slotName(from.name);
  await ensureSlot(sql, slot);
  await from.postgres.query("checkpoint");
  await from.postgres.stop("SIGINT");
  const last = lastCheckpoint(from.postgres.folder);
  const received = await pollUntil(
    () => walPositions(sql),
    ({ replayed }) => replayed !== null && replayed > last,
    LOOK,
  );
  if (!received.reached) throw new Error("the standby has not replayed the shutdown checkpoint");
  await sql.query("select pg_promote(false)");
  const promoted = await pollUntil(
    () => identify(sql),
    ({ inRecovery }) => !inRecovery,
    LOOK,
  );
  if (!promoted.reached) throw new Error("the standby was not promoted");
  await sql.end();
  from.postgres.follows(to.postgres, slot);
  await from.postgres.start();
}

/** Where the checkpoint of a stopped server lies in its WAL. */
function lastCheckpoint(folder: string): bigint {
  const options = { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } } as const;
  const said = execFileSync(path.join(POSTGRES_BIN ?? "", "pg_controldata"), ["-D", folder], options);
  const [, lsn] = /^Latest checkpoint location: +(\S+)$/m.exec(said) ?? [];
  return parseLsn(lsn ?? "");
}

/** Writes wait, the offsets are equal, the roles change, writes go on. */
async function exchangeRedis({ redis: from }: Side, { redis: to }: Side): Promise<void> {
  await from.session.command("CLIENT", "PAUSE", "10000", "WRITE");
  const { offset } = await identifyRedis(from.session);
  const equal = await pollUntil(
    () => identifyRedis(to.session),
    (one) => one.offset === offset,
    LOOK,
  );
  if (!equal.reached) throw new Error("the replica has not reached the primary's offset");
  await to.session.command("REPLICAOF", "NO", "ONE");
  await from.session.command("REPLICAOF", HOST, String(to.port));
  await from.session.command("CLIENT", "UNPAUSE");
}

/** Waits until the old primary streams: the next switchover needs it. */
async function follows(primary: Side, standby: Side): Promise<void> {
  const sql = await primary.postgres.open();
  const { reached } = await pollUntil(
    () => streamingTo(sql, slotName(standby.name)),
    (one) => one?.state === "streaming",
    SETTLED,
  );
  await sql.end();
  if (!reached) throw new Error("the old primary does not follow");
}
