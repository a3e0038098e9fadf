import { rmSync } from "node:fs";
import { expect } from "chai";
import { connectRedis, isWrongPassword } from "../../drills/hosts/redis";
import { openRedis } from "../../drills/hosts/sessions";
import { openRedis as openProbe } from "../../drills/probe/redis-connection";
import type { Credentials } from "../../settings/credentials";
import { ownRedisPassword, redisUsersFile } from "../../settings/own-redis-users";
import { probeCredentials } from "../../settings/own-roles";
import type { NamedHost } from "../../settings/pair";
import { canGuardRedis, GuardedRedis, GUARDED_CREDENTIALS } from "../support/guarded-redis";
import { sampleEnvironment } from "../unit/components/sample";

const OLD: Credentials = { ...GUARDED_CREDENTIALS, roles: "root-1", replication: "s", grafana: "g" };
const NEW: Credentials = { ...OLD, roles: "root-2", redis: "hush-2" };
const BOTH: Credentials = { ...NEW, before: { roles: "root-1", redis: OLD.redis } };
const HOST = { name: "host-a", address: "127.0.0.1" } as NamedHost;

describe("a pair of Redis whose passwords are exchanged, behind its boot guards", function () {
  this.timeout(60_000);
  this.slow(20_000);
  let [a, b] = [undefined, undefined] as unknown as [GuardedRedis, GuardedRedis];

  before(async function () {
    if (!canGuardRedis()) this.skip();
    a = await GuardedRedis.make("host-a");
    b = await GuardedRedis.make("host-b");
    for (const one of [a, b]) put(one, OLD);
    a.write("data/understudy/init", "primary\n");
    b.write("data/understudy/init", "standby\n");
    a.start(b);
    await a.until("it answers", () => a.cli("ping") === "PONG");
    b.start(a);
    await follows();
  });
  after(async () => {
    for (const one of [a, b]) await (one as GuardedRedis | undefined)?.close();
  });

  /** The files of a container: with `before` in it, both of each password. */
  function put(one: GuardedRedis, all: Credentials): void {
    const at = "understudy/files/current";
    const { before, ...now } = all;
    const former = { ...now, ...before };
    const files = (of: Credentials): Readonly<Record<string, string>> => ({
      redis: of.redis,
      guard: ownRedisPassword(of, "understudy_guard"),
      replication: ownRedisPassword(of, "understudy_replication"),
    });
    for (const [name, content] of Object.entries(files(now))) one.write(`${at}/${name}`, content);
    for (const [name, content] of Object.entries(files(former))) {
      if (before === undefined) rmSync(one.path(`${at}/${name}.before`), { force: true });
      else one.write(`${at}/${name}.before`, content);
    }
    one.write(`${at}/users.acl`, redisUsersFile(all));
    one.write(`${at}/secrets.conf`, `requirepass "${now.redis}"\nmasterauth "${now.redis}"\n`);
  }
  const give = (one: GuardedRedis, all: Credentials): void => {
    put(one, all);
    one.reload("plain");
  };
  /** Asks a server as its guard does. */
  const ask = (one: GuardedRedis, ...words: readonly string[]): string => {
    const login = `bin=${one.path("understudy")}; . $bin/login.sh; ask_redis 5 ${words.join(" ")}`;
    return one.run("sh", "-c", login).stdout.replaceAll("\r", "").trim();
  };
  const follows = (): Promise<void> =>
    b.until("the link", () => ask(b, "info replication").includes("master_link_status:up"));
  const takes = async (one: GuardedRedis, user: string, password: string): Promise<boolean> =>
    connectRedis({ address: "127.0.0.1", port: one.port, user, password }).then(
      (session) => {
        session.close();
        return true;
      },
      (error: unknown) => {
        expect(isWrongPassword(error)).to.equal(true);
        return false;
      },
    );
  const taken = (one: GuardedRedis): Promise<readonly boolean[]> =>
    Promise.all([
      takes(one, "default", OLD.redis),
      takes(one, "default", NEW.redis),
      takes(one, "understudy_drill", ownRedisPassword(OLD, "understudy_drill")),
      takes(one, "understudy_drill", ownRedisPassword(NEW, "understudy_drill")),
    ]);
  /** Cuts the link, and sees that the standby comes back, and that each guard is let in by the other host. */
  const bothComeBack = async (): Promise<void> => {
    const session = await openRedis(HOST, environment(a), a.state("now") === "new" ? NEW : BOTH);
    session.close();
    const linkOf = (): string => /^slave0:.*$/m.exec(ask(a, "info replication"))?.[0] ?? "";
    const before = ask(a, "info stats").replace(/[^]*sync_partial_ok:(\d+)[^]*/, "$1");
    a.cliAs("default", linkOf() === "" ? "ping" : "client kill type replica");
    await b.until("a link that was made anew", () => {
      const now = ask(a, "info stats").replace(/[^]*sync_partial_ok:(\d+)[^]*/, "$1");
      return now !== before && ask(b, "info replication").includes("master_link_status:up");
    });
    expect(ask(a, "there", "role")).to.match(/^slave/);
    expect(ask(b, "there", "role")).to.match(/^master/);
    // The way back: what this primary would log in with.
    await a.until("the way back", () => {
      const reach = `bin=${a.path("understudy")}; . $bin/login.sh; with=$(ask_redis 3 config get masterauth | tr -d '\\r' | sed -n 2p)
        REDISCLI_AUTH=$with redis-cli --user understudy_replication $(to_peer) ping 2>/dev/null`;
      return a.run("sh", "-c", reach).stdout.trim() === "PONG";
    });
  };
  const environment = (one: GuardedRedis): ReturnType<typeof sampleEnvironment> => ({
    ...sampleEnvironment(2),
    ports: { ...sampleEnvironment(2).ports, redis: one.port },
  });

  it("has one password of each before", async () => {
    await b.until(
      "the user of replication",
      () => b.state("replication-user") === "" && ask(b, "config get masteruser").includes("understudy_replication"),
    );
    expect(await taken(a)).to.deep.equal([true, false, true, false]);
  });

  it("takes both on one host, then on the other, while sessions stay and both can come back", async () => {
    const kept = await connectRedis({ address: "127.0.0.1", port: b.port, user: "default", password: OLD.redis });
    give(b, BOTH);
    expect(await taken(b)).to.deep.equal([true, true, true, true]);
    expect(await taken(a)).to.deep.equal([true, false, true, false]);
    expect(await kept.command("PING")).to.equal("PONG");
    await bothComeBack();
    give(a, BOTH);
    expect(await taken(a)).to.deep.equal([true, true, true, true]);
    await bothComeBack();
    expect(await kept.command("PING")).to.equal("PONG");
    kept.close();
    const probe = await openProbe({ host: "127.0.0.1", port: a.port }, probeCredentials(BOTH), "d-1");
    expect((await probe.write(1)).outcome).to.equal("a");
    probe.destroy();
  });

  it("takes both after a restart as well", async () => {
    await b.stop();
    b.start(a);
    await follows();
    expect(await taken(b)).to.deep.equal([true, true, true, true]);
    await bothComeBack();
  });

  it("takes the new ones alone once the former ones are gone, on one host, then on the other", async () => {
    for (const one of [b, a])
      await one.until("it follows with the new one", () =>
        ask(one, "config get masterauth").includes(ownRedisPassword(NEW, "understudy_replication")),
      );
    give(b, NEW);
    expect(await taken(b)).to.deep.equal([false, true, false, true]);
    await bothComeBack();
    give(a, NEW);
    a.write("data/understudy/now", "new");
    expect(await taken(a)).to.deep.equal([false, true, false, true]);
    await bothComeBack();
    expect(b.state("former-default")).to.equal("");
    await b.stop();
    b.start(a);
    await follows();
    expect(await taken(b)).to.deep.equal([false, true, false, true]);
  });

  it("leaves `default` alone where nothing is exchanged: the config alone changes no password", async () => {
    const other = { ...NEW, redis: "by-hand" };
    give(b, other);
    expect(await taken(b)).to.deep.equal([false, true, false, true]);
    expect(await takes(b, "default", "by-hand")).to.equal(false);
  });
});
