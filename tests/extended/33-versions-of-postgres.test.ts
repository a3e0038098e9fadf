import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { only } from "../../drills/hosts/agent";
import { identify, type PostgresSession } from "../../drills/hosts/postgres";
import { readPeerData } from "../../drills/rejoin/decide-postgres";
import { ownPassword } from "../../settings/own-roles";
import { beginPair } from "../support/begin-pair";
import { askAgent, GuardedDrill, streams } from "../support/guarded-drill";
import { CAN_GUARD_POSTGRES, GuardedPostgres } from "../support/guarded-postgres";

const CREDENTIALS = { postgres: randomBytes(9).toString("hex"), replication: randomBytes(9).toString("hex") };

/** Of one version of PostgreSQL: this machine's, or that of the folder that `UNDERSTUDY_TEST_POSTGRES` names. */
describe("a pair of PostgreSQL behind its boot guards, whatever its version", function () {
  this.timeout(180_000);
  let [a, b]: GuardedPostgres[] = [];
  const guarded = new GuardedDrill(CREDENTIALS);

  before(async function () {
    if (!CAN_GUARD_POSTGRES) this.skip();
    const passwords = { ...CREDENTIALS, guard: ownPassword(CREDENTIALS, "understudy_guard") };
    a = await GuardedPostgres.make("host-a", passwords);
    b = await GuardedPostgres.make("host-b", passwords);
    [a.peer, b.peer] = [b, a];
  });
  after(async () => {
    await guarded.end();
    for (const one of [a, b]) await one?.remove();
  });

  const pair = (): readonly [GuardedPostgres, GuardedPostgres] => [a ?? expect.fail(), b ?? expect.fail()];
  const drill = (host: GuardedPostgres): Promise<PostgresSession> => guarded.session(host);
  const promote = (host: GuardedPostgres): Promise<void> => guarded.promote(host);

  it("begins: a clone streams from the primary through its slot", async () => {
    const [one, other] = pair();
    await beginPair(one, other, CREDENTIALS);
    await one.until("the standby", () => streams(one));
    // Its receiver streams before it lets anybody in.
    await other.until("the standby answers", () => other.sql("select 1") === "1");
  });

  it("switchover: what the stopped primary leaves is read, the standby reaches it, and the old one follows", async () => {
    const [from, to] = pair();
    const standby = await drill(to);
    // A slot is made on a standby.
    await standby.query("select understudy.make_slot('understudy_host_a')");
    const { seal } = await guarded.switchOver(from, to);
    expect([seal.timeline, (await identify(standby)).timeline, from.status()]).to.deep.equal([1, 2, "standby"]);
    expect(from.read("log")).not.to.match(/rewind/);
  });

  it("failover: a killed primary is held, says what it has, and comes back by an order", async () => {
    const [to, from] = pair();
    await (await drill(to)).query("select understudy.make_slot('understudy_host_b')");
    await from.stop("SIGKILL");
    await promote(to);
    from.start();
    await from.until("a decision", () => /^(held|standby)/.test(from.status()));
    const facts = askAgent(from, "rejoin-facts");
    expect([only(facts, "data"), only(facts, "system")]).to.deep.equal([
      "yes",
      to.sql("select system_identifier from pg_control_system()"),
    ]);
    if (from.status() !== "standby") {
      expect(only(facts, "state")).to.equal("in production");
      askAgent(from, "rejoin-order here clone - - 0 0/0 0/0 - - -");
    }
    await to.until("the returned host", () => streams(to));
  });

  it("rejoin: a second history is rewound", async () => {
    const [primary, host] = pair();
    await host.stop("SIGKILL");
    host.run("rm", ["-f", host.path("data/pgdata/standby.signal")]);
    host.peer = undefined;
    host.start();
    await host.until(
      "a second history",
      () => host.sql("create table public.diverged (one int)", "understudy") !== undefined,
    );
    await host.stop();
    host.peer = primary;
    primary.sql("checkpoint");
    expect(host.asGuard("rewind_to_peer 60 --no-ensure-shutdown; echo code $?")).to.match(/code 0\n$/);
    host.run("touch", [host.path("data/pgdata/standby.signal")]);
    host.start();
    await primary.until("the rewound host", () => streams(primary));
  });

  it("a slot whose WAL is gone, or that was idle for too long, is read as lost", async () => {
    const [primary] = pair();
    const sql = await drill(primary);
    const slot = async (): Promise<string> => (await readPeerData(sql, "forgotten")).slot;
    primary.sql("select pg_create_physical_replication_slot('forgotten', true)");
    expect(await slot()).to.equal("usable");
    const idles = Number(primary.sql("show server_version_num")) >= 180_000;
    const setting = idles ? "idle_replication_slot_timeout = '1s'" : "max_slot_wal_keep_size = '1MB'";
    primary.sql(`alter system set ${setting}`);
    primary.sql("select pg_reload_conf()");
    await primary.until("a lost slot", () => {
      if (!idles)
        primary.sql(
          "create table if not exists filler (id int); insert into filler values (1); select pg_switch_wal()",
        );
      primary.sql("checkpoint");
      return primary.sql("select wal_status from pg_replication_slots where slot_name = 'forgotten'") === "lost";
    });
    expect(await slot()).to.equal("lost");
  });
});
