import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Client, type ClientConfig, type Connection, type Submittable } from "pg";
import { endClientSessions } from "../../drills/hosts/client-sessions";
import { pollUntil } from "../../drills/hosts/bounded";
import { identify } from "../../drills/hosts/postgres";
import { identifyRedis } from "../../drills/hosts/redis";
import { OWN_FUNCTIONS } from "../../settings/own-roles";
import { CLIENT_FEATURES, type ClientFeature } from "../../settings/client-features";
import { slotName } from "../../settings/names";
import type { StoreName } from "../../settings/services";
import { canRunPostgres } from "../support/real-postgres";
import { noRedis, ReplicatingRedis } from "../support/replicating-redis";
import { RespConnection } from "../support/resp-connection";
import { StreamingPostgres } from "../support/streaming-postgres";
import { temporaryFolder } from "../support/temporary-folder";

/** What a test saw of a feature, as the table has it. */
type Seen = Pick<ClientFeature, "fate" | "code">;

const seen = new Map<string, Seen>();
const keyOf = (store: StoreName, feature: string): string => `${store}: ${feature}`;

function compare(store: StoreName): void {
  for (const { feature, fate, code } of CLIENT_FEATURES.filter((row) => row.store === store)) {
    it(`${feature}: ${fate}${code === null ? "" : ` (${code})`}`, () => {
      expect(seen.get(keyOf(store, feature)), "nothing tried it").to.deep.equal({ fate, code });
    });
  }

  it("is the whole table: nothing was tried that it does not have", () => {
    const rows = CLIENT_FEATURES.map((row) => keyOf(row.store, row.feature));
    expect([...seen.keys()].filter((key) => key.startsWith(store) && !rows.includes(key))).to.deep.equal([]);
  });
}

/** SQLSTATE of what a promise rejects with; null where it fulfils. */
async function sqlstate(work: Promise<unknown>): Promise<string | null> {
  return work.then(
    () => null,
    (error: unknown) => (error as { code?: string }).code ?? "closed",
  );
}

/** A COPY that has sent a row and waits for more, as a program does that reads a long file. */
class HeldCopy implements Submittable {
  readonly #ended = Promise.withResolvers<undefined>();
  readonly ended = this.#ended.promise;

  submit(connection: Connection): void {
    connection.query("copy kept from stdin");
  }

  handleCopyInResponse(connection: Connection): void {
    (connection as unknown as { sendCopyFromChunk(chunk: Buffer): void }).sendCopyFromChunk(Buffer.from("5\n"));
  }

  handleError(error: Error): void {
    this.#ended.reject(error);
  }

  handleCommandComplete(): void {
    this.#ended.resolve(undefined);
  }

  handleReadyForQuery(): void {
    // Told by the command's end.
  }
}

describe("what clients have under way when PostgreSQL's host is demoted", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let old: StreamingPostgres | undefined;
  let fresh: StreamingPostgres | undefined;
  const open: Client[] = [];
  after(async () => {
    for (const client of open) client.connection.stream.destroy();
    await Promise.all([old?.stop(), fresh?.stop()]);
  });

  const told = new Map<Client, Promise<string>>();
  async function client(server: StreamingPostgres, more: ClientConfig = {}): Promise<Client> {
    const made = new Client({
      host: "127.0.0.1",
      port: server.port,
      user: "postgres",
      database: "understudy",
      ...more,
    });
    told.set(
      made,
      new Promise((resolve) => made.once("error", (error) => resolve((error as { code?: string }).code ?? "closed"))),
    );
    made.on("error", () => undefined);
    await made.connect();
    open.push(made);
    return made;
  }
  const note = (feature: string, fate: Seen["fate"], code: string | null): unknown =>
    seen.set(keyOf("timescaledb", feature), { fate, code });

  before(async function () {
    if (!canRunPostgres()) this.skip();
    const primary = await StreamingPostgres.primary(path.join(folder(), "old"), ["max_prepared_transactions = 5"]);
    old = primary;
    await primary.query("create schema understudy");
    await primary.query(
      `create function understudy.end_sessions(text) returns setof text language sql as $own$ ${OWN_FUNCTIONS.end_sessions.body} $own$`,
    );
    await primary.query("create table kept (id int)");
    const slot = slotName("fresh");
    const standby = await StreamingPostgres.standby(path.join(folder(), "fresh"), primary, slot);
    fresh = standby;

    const [idle, busy, transaction, listener, locker, copyIn, copyOut, cursor, pipeline] = await Promise.all(
      Array.from({ length: 9 }, () => client(primary)),
    );
    if (!idle || !busy || !transaction || !listener || !locker || !copyIn || !copyOut || !cursor || !pipeline) return;
    await idle.query("prepare mine as select 1");
    await idle.query("declare held cursor with hold for select generate_series(1, 9)");
    const underWay = sqlstate(busy.query("select pg_sleep(60)"));
    await transaction.query("insert into kept values (1)");
    await transaction.query("begin");
    await transaction.query("insert into kept values (2)");
    await listener.query("listen news");
    await locker.query("select pg_advisory_lock(7)");
    await locker.query("begin");
    await locker.query("insert into kept values (3)");
    await locker.query("prepare transaction 'both'");
    const rowsIn = new HeldCopy();
    const copyingIn = sqlstate(rowsIn.ended);
    copyIn.query(rowsIn);
    const copyingOut = sqlstate(
      copyOut.query("copy (select pg_sleep(0.05), i from generate_series(1, 100000) i) to stdout"),
    );
    await cursor.query("begin");
    await cursor.query("declare few cursor for select generate_series(1, 9)");
    const piped = ["select pg_sleep(60)", "insert into kept values (4)"].map((text) => sqlstate(pipeline.query(text)));
    await sleep(300);

    const sql = await primary.open();
    const { left } = await endClientSessions(sql, slot, 10_000);
    expect(left).to.deep.equal([]);
    await sql.end();
    const ends = await Promise.all(
      [idle, transaction, listener, cursor].map((one) => told.get(one) ?? Promise.resolve("")),
    );
    note("idle session", "ended", ends[0] ?? null);
    note("statement under way", "ended", await underWay);
    note("LISTEN", "ended", ends[2] ?? null);
    note("COPY FROM STDIN", "ended", await copyingIn);
    note("COPY TO STDOUT", "ended", await copyingOut);
    note("cursor", "ended", ends[3] ?? null);
    note("pipeline", "ended", await (piped[0] ?? null));

    await primary.stop("SIGINT");
    await standby.query("select pg_promote(false)");
    const promoted = await standby.open();
    const { reached } = await pollUntil(
      () => identify(promoted),
      (one) => !one.inRecovery,
      { deadlineMs: 20_000, pauseMs: 20 },
    );
    expect(reached).to.equal(true);
    await promoted.end();

    const anew = await client(standby);
    const { rows } = await anew.query<{ id: number }>("select id from kept order by id");
    const ids = rows.map(({ id }) => id);
    note("open transaction", ids.includes(2) ? "kept" : "ended", ends[1] ?? null);
    note("committed transaction", ids.includes(1) ? "kept" : "gone", null);
    expect(ids, "what the pipeline's later statement wrote").not.to.include(4);
    expect(ids, "a row of the COPY").not.to.include(5);
    const prepared = await sqlstate(anew.query("execute mine"));
    note("prepared statement", prepared === null ? "survives" : "gone", prepared);
    const held = await sqlstate(anew.query("fetch held"));
    note("cursor WITH HOLD", held === null ? "survives" : "gone", held);
    const lock = await anew.query<{ free: boolean }>("select pg_try_advisory_lock(7) as free");
    note("session-level advisory lock", lock.rows[0]?.free === true ? "gone" : "kept", null);
    const both = await sqlstate(anew.query("commit prepared 'both'"));
    note("prepared transaction", both === null ? "kept" : "gone", both);
  });

  compare("timescaledb");
});

describe("what clients have under way when Redis' host is demoted", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const servers: ReplicatingRedis[] = [];
  const open: RespConnection[] = [];
  after(() => {
    for (const one of open) one.close();
    for (const one of servers) one.stop();
  });
  const note = (feature: string, fate: Seen["fate"], code: string | null): unknown =>
    seen.set(keyOf("redis", feature), { fate, code });

  async function connection({ port }: ReplicatingRedis): Promise<RespConnection> {
    const made = await RespConnection.open(port);
    open.push(made);
    return made;
  }

  before(async function () {
    if (noRedis() !== undefined) this.skip();
    const old = await ReplicatingRedis.start(path.join(folder(), "old"));
    const fresh = await ReplicatingRedis.start(path.join(folder(), "fresh"));
    servers.push(old, fresh);
    await fresh.follow(old);
    const [idle, writer, watcher, blocked, subscriber, scripted, piped, publisher] = await Promise.all(
      Array.from({ length: 8 }, () => connection(old)),
    );
    if (!idle || !writer || !watcher || !blocked || !subscriber || !scripted || !piped || !publisher) return;
    await writer.ask("SET", "a", "1");
    await watcher.ask("WATCH", "a");
    await watcher.ask("MULTI");
    await watcher.ask("SET", "a", "watched");
    const taken = blocked.ask("BLPOP", "queue", "0");
    await subscriber.ask("SUBSCRIBE", "news");
    const sha = String(await scripted.ask("SCRIPT", "LOAD", "return redis.call('incr', KEYS[1])"));
    await scripted.ask("EVALSHA", sha, "1", "counted");

    // As drills/planned/redis-exchange.ts does it.
    await old.session.command("CONFIG", "SET", "repl-ping-replica-period", "3600");
    await old.session.command("CLIENT", "PAUSE", "10000", "WRITE");
    const held = writer.ask("SET", "a", "held");
    const { offset } = await identifyRedis(old.session);
    await pollUntil(
      () => identifyRedis(fresh.session),
      (one) => one.offset === offset,
      { deadlineMs: 5000, pauseMs: 5 },
    );
    await old.session.command("REPLICAOF", "127.0.0.1", String(fresh.port));
    await fresh.session.command("REPLICAOF", "NO", "ONE");
    await old.session.command("CLIENT", "UNPAUSE");

    const refused = (feature: string, code: string | null): unknown =>
      note(feature, code === null ? "survives" : code === "UNBLOCKED" || code === "closed" ? "ended" : "refused", code);
    refused("write during the pause", await held.then(() => null, codeOf));
    refused("BLPOP and other blocking writes", await taken.then(() => null, codeOf));
    refused("WATCH", await watcher.ask("EXEC").then(() => null, codeOf));
    refused("idle connection", await idle.ask("PING").then(() => null, codeOf));
    refused("write", await idle.ask("SET", "a", "late").then(() => null, codeOf));
    refused("read", await idle.ask("GET", "a").then(() => null, codeOf));
    const answers = await Promise.all(
      [piped.ask("GET", "a"), piped.ask("SET", "a", "piped"), piped.ask("GET", "a")].map((one) =>
        one.then(() => null, codeOf),
      ),
    );
    expect([answers[0], answers[2]], "reads of a pipeline").to.deep.equal([null, null]);
    refused("pipeline", answers[1] ?? null);
    await piped.ask("MULTI");
    await piped.ask("SET", "a", "multi").catch(() => undefined);
    refused("MULTI/EXEC with writes", await piped.ask("EXEC").then(() => null, codeOf));
    refused(
      "script with a write",
      await scripted.ask("EVAL", "return redis.call('incr', KEYS[1])", "1", "counted").then(() => null, codeOf),
    );
    const anew = await connection(fresh);
    const cached = await anew.ask("EVALSHA", sha, "1", "counted").then(() => null, codeOf);
    note("cached script (EVALSHA)", cached === null ? "survives" : "gone", cached);
    refused("PUBLISH", await publisher.ask("PUBLISH", "other", "x").then(() => null, codeOf));
    await pollUntil(
      () => identifyRedis(old.session),
      (one) => one.follows?.linkUp === true,
      { deadlineMs: 10_000, pauseMs: 20 },
    );
    const message = subscriber.push();
    await anew.ask("PUBLISH", "news", "from the new primary");
    const heard = await Promise.race([message, sleep(5000).then(() => "nothing")]);
    note("SUBSCRIBE", JSON.stringify(heard).includes("from the new primary") ? "survives" : "gone", null);
    expect(await anew.ask("GET", "a"), "no refused write was carried out").to.equal("1");
    expect(await anew.ask("LLEN", "queue")).to.equal(0);
  });

  compare("redis");
});

function codeOf(error: unknown): string {
  return (error as Error).message.split(" ", 1)[0] ?? "";
}
