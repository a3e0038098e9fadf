import { expect } from "chai";
import { connectOwnRole } from "../../drills/hosts/postgres";
import { openSql } from "../../drills/hosts/sessions";
import { postgresDriver } from "../../drills/probe/session";
import { probeOptionsSchema } from "../../drills/probe/options";
import type { Credentials } from "../../settings/credentials";
import { alterStatement } from "../../operator/rotate/own-secret";
import { formerOf, ownPassword, probeCredentials } from "../../settings/own-roles";
import type { NamedHost } from "../../settings/pair";
import { beginPair } from "../support/begin-pair";
import { CAN_GUARD_POSTGRES, GuardedPostgres } from "../support/guarded-postgres";
import { openLocalSession } from "../support/local-session";
import { sampleEnvironment } from "../unit/components/sample";

const OLD: Credentials = { postgres: "super", roles: "root-1", replication: "stream:1", redis: "r", grafana: "g" };
const NEW: Credentials = { ...OLD, roles: "root-2", replication: "stream\\2" };
const BOTH: Credentials = { ...NEW, before: { roles: "root-1", replication: "stream:1" } };

/** The files of a host that has only the passwords of before, both, or only the new ones. */
const FILES = {
  old: passwords(OLD),
  both: {
    ...passwords(NEW),
    "guard.before": ownPassword(OLD, "understudy_guard"),
    "replication.before": OLD.replication,
  },
  new: passwords(NEW),
} as const;

function passwords(all: Credentials): Record<string, string> {
  return { postgres: all.postgres, replication: all.replication, guard: ownPassword(all, "understudy_guard") };
}

describe("a pair of PostgreSQL whose passwords are exchanged, behind its boot guards", function () {
  this.timeout(120_000);
  this.slow(30_000);
  let [a, b] = [undefined, undefined] as unknown as [GuardedPostgres, GuardedPostgres];

  before(async function () {
    if (!CAN_GUARD_POSTGRES) this.skip();
    a = await GuardedPostgres.make("host-a", FILES.old);
    b = await GuardedPostgres.make("host-b", FILES.old);
    [a.peer, b.peer] = [b, a];
    await beginPair(a, b, OLD);
    await follows();
  });
  after(async () => {
    for (const one of [a, b]) await (one as GuardedPostgres | undefined)?.remove();
  });

  const give = (one: GuardedPostgres, which: keyof typeof FILES): void => {
    const others = Object.entries(one.files).filter(
      ([name]) => !/^(guard|replication|postgres)(\.before)?$/.test(name),
    );
    one.files = { ...Object.fromEntries(others), ...FILES[which] };
    one.reload();
  };
  const follows = (): Promise<void> =>
    a.until(
      "the standby streams",
      () => a.sql("select state from pg_stat_replication where application_name = 'understudy_host_b'") === "streaming",
    );
  /** Ends every session of the standby's and sees that it comes back, and that each guard is let in by the other host. */
  const bothComeBack = async (): Promise<void> => {
    a.sql("select pg_terminate_backend(pid) from pg_stat_replication");
    await a.until(
      "no receiver of before",
      () => a.sql("select count(*) from pg_stat_replication where backend_start < now() - interval '1 hour'") === "0",
    );
    await follows();
    const asks = (one: GuardedPostgres): string => one.asGuard('ask_peer; printf "%s" "$peer"');
    await a.until("the primary's guard is let in", () => asks(a) === "standby");
    await b.until("the standby's guard is let in", () => asks(b) === "primary");
    // As the primary of now will once it follows: it logs in to the standby as replication.
    const reach = (one: GuardedPostgres): string =>
      one.run("sh", [one.path("understudy/agent.sh")], "reach-peer\n").stdout;
    await a.until("the way back", () => reach(a).endsWith("ok\n"));
    await b.until("the way", () => reach(b).endsWith("ok\n"));
  };
  /** As the verb tells the primary. */
  const alter = async (all: Credentials): Promise<void> => {
    const local = await openLocalSession({ folder: a.path("socket"), port: a.port });
    for (const name of ["roles", "replication"] as const) await local.query(alterStatement(name, all));
    await local.end();
  };
  const environment = (): ReturnType<typeof sampleEnvironment> => ({
    ...sampleEnvironment(2),
    ports: { ...sampleEnvironment(2).ports, postgres: a.port },
  });
  const host = { name: "host-a", address: "127.0.0.1" } as NamedHost;
  /** The drill's own session, and the probe's, with these credentials. */
  const ourSessions = async (all: Credentials): Promise<string> => {
    const sql = await openSql(host, environment(), all);
    const { rows } = await sql.query<{ name: string }>("select current_user as name");
    await sql.end();
    const at = { host: "127.0.0.1", port: a.port };
    const settings = probeOptionsSchema.parse({
      ...{ drillId: "d-1", endpoints: [{ name: "host-a", postgres: at, redis: at }] },
      ...{ credentials: probeCredentials(all), originNs: "1" },
    });
    const connection = await postgresDriver(settings).open(settings.endpoints[0] ?? expect.fail());
    const { outcome } = await connection.write(1);
    connection.destroy();
    a.sql("delete from understudy.events", "understudy");
    return `${rows[0]?.name ?? ""} ${outcome}`;
  };
  const LET_IN = "understudy_drill a";

  it("go on without anything new as long as there is one of each", async () => {
    await bothComeBack();
    expect(b.read("data/understudy/former-guard")).to.equal(undefined);
    expect(await ourSessions(OLD)).to.equal(LET_IN);
  });

  it("log in with the former ones while only one host, then both have the new ones too", async () => {
    give(b, "both");
    await bothComeBack();
    expect(b.read("data/understudy/former-guard")).to.equal("");
    give(a, "both");
    await bothComeBack();
    expect(await ourSessions(BOTH)).to.equal(LET_IN);
  });

  it("go over to the new ones by themselves once the server has them, and back", async () => {
    await alter(NEW);
    await bothComeBack();
    expect([a, b].map((one) => one.read("data/understudy/former-guard"))).to.deep.equal([undefined, undefined]);
    expect(await ourSessions(BOTH)).to.equal(LET_IN);
    await alter(OLD);
    await bothComeBack();
    expect(await ourSessions(BOTH)).to.equal(LET_IN);
    await alter(NEW);
    await bothComeBack();
  });

  it("find the right one also when a host starts in between, and when it was away meanwhile", async () => {
    await b.stop();
    await alter(OLD);
    b.start();
    await bothComeBack();
    await b.stop();
    await alter(NEW);
    b.start();
    await bothComeBack();
  });

  it("log in with the new ones alone once the former ones are gone, one host after the other", async () => {
    give(b, "new");
    await bothComeBack();
    give(a, "new");
    await bothComeBack();
    expect(await ourSessions(NEW)).to.equal(LET_IN);
    for (const one of [a, b]) {
      expect(one.read("data/understudy/pgpass")).to.include("stream\\\\2").and.not.include("stream\\:1");
      expect(one.run("sh", ["-c", `ls ${one.path("data/understudy")}`]).stdout).to.not.match(/pgpass\.|former/);
    }
  });

  it("a password that is none of the two is told by its code", async () => {
    const other = { ...NEW, roles: "root-3", before: { roles: "root-4" } };
    const login = {
      ...{ address: "127.0.0.1", port: a.port, user: "understudy_drill" },
      password: ownPassword(other, "understudy_drill"),
      former: formerOf(other, (all) => ownPassword(all, "understudy_drill")),
    };
    const refused = await connectOwnRole(login, "super").catch((error: unknown) => (error as { code: string }).code);
    expect(refused).to.equal("28P01");
  });
});
