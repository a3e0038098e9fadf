import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect } from "chai";
import { connectOwnUser, identifyRedis, type RedisSession } from "../../drills/hosts/redis";
import { followPort } from "../../drills/hosts/redis-encryption";
import { redisSign, type SignOfLife } from "../../drills/hosts/signs-of-life";
import { openRedis as openProbe } from "../../drills/probe/redis-connection";
import { readBackRedis } from "../../drills/probe/redis-read-back";
import { eyesCommand } from "../../drills/unplanned/standby-look";
import { shownCertificate } from "../../drills/hosts/shown-certificate";
import { trustBundle, type ClientCertificate } from "../../settings/certificates/clients";
import { encryptionFiles, REDIS_SHOWS } from "../../settings/certificates/container-files";
import { issueLeaf, makeAuthority } from "../../settings/certificates/issue";
import type { Authority, StackCertificates } from "../../settings/certificates/stored";
import type { Encryption } from "../../settings/encryption";
import { REPLICATION_USER } from "../../settings/names";
import { ownRedisPassword } from "../../settings/own-redis-users";
import { probeCredentials } from "../../settings/own-roles";
import { rootOf } from "../../operator/certificates/exchange";
import { canGuardRedis, GUARDED_CREDENTIALS, GuardedRedis } from "../support/guarded-redis";
import { DAY_MS, serverLeaf } from "../support/issued";

const CLIENTS = ["understudy_drill", "understudy_probe", "understudy_guard", REPLICATION_USER] as const;

/** A host's certificates, signed by one CA. */
async function issued(
  authority: Authority,
  nowMs: number,
  names = ["host-a", "127.0.0.1"],
): Promise<StackCertificates> {
  const leaves: StackCertificates["leaves"] = { server: await issueLeaf(serverLeaf(...names), authority, nowMs) };
  for (const role of CLIENTS)
    leaves[role] = await issueLeaf({ name: role, use: "client", commonName: role, names: [] }, authority, nowMs);
  return { version: 1, trust: [rootOf(authority)], leaves };
}

const filesOf = (all: StackCertificates): Record<string, string> =>
  Object.fromEntries(encryptionFiles("used", all, REDIS_SHOWS).filter(([name]) => name !== "encryption"));

function shown(all: StackCertificates, role: (typeof CLIENTS)[number]): ClientCertificate {
  const leaf = all.leaves[role] ?? expect.fail();
  return { ca: trustBundle(all), cert: leaf.certificate, key: leaf.key };
}

/** A session of a drill's kind; plain without a certificate. */
function drill(at: GuardedRedis, tls?: ClientCertificate): Promise<RedisSession> {
  const user = "understudy_drill";
  const where = { address: "127.0.0.1", port: tls === undefined ? at.port : at.tlsPort, tls };
  return connectOwnUser({ ...where, user, password: ownRedisPassword(GUARDED_CREDENTIALS, user) }, "hush");
}

/** What the refusal of a session says of its server. */
async function refusal(session: Promise<RedisSession>): Promise<SignOfLife> {
  try {
    (await session).close();
  } catch (error) {
    return redisSign(error);
  }
  return expect.fail("it was let in");
}

const ports = (at: GuardedRedis) => ({ ports: { redis: at.port, redis_tls: at.tlsPort } }) as never;

describe("a pair of Redis that goes from plain to encrypted, behind its boot guards", function () {
  this.timeout(120_000);
  this.slow(30_000);
  let [a, b] = [undefined, undefined] as unknown as [GuardedRedis, GuardedRedis];
  let [authority, foreign] = [undefined, undefined] as unknown as [Authority, Authority];
  let [good, other] = [undefined, undefined] as unknown as [StackCertificates, StackCertificates];
  const open: RedisSession[] = [];
  let written = 0;

  before(async function () {
    if (!canGuardRedis()) this.skip();
    authority = await makeAuthority("sample", Date.now());
    foreign = await makeAuthority("sample", Date.now());
    good = await issued(authority, Date.now());
    other = await issued(foreign, Date.now());
    a = await GuardedRedis.make("host-a");
    b = await GuardedRedis.make("host-b");
    for (const one of [a, b])
      one.write(
        "understudy/files/current/redis.conf",
        one.read("understudy/files/current/redis.conf").replace("bind 127.0.0.1", "bind 127.0.0.1 -::1"),
      );
  });
  after(async () => {
    for (const one of open) one.close();
    for (const one of [a, b]) await (one as GuardedRedis | undefined)?.close();
  });

  /** Waits until the standby follows by a port of the primary's, and what is written there arrives. */
  async function follows(standby: GuardedRedis, primary: GuardedRedis, way: "plain" | "tls"): Promise<void> {
    const port = way === "tls" ? primary.tlsPort : primary.port;
    await standby.until(`follows by ${way}`, () => {
      const info = standby.cli("info", "replication");
      if (!info.includes(`master_port:${port}`) || !info.includes("master_link_status:up")) return false;
      // The primary's own end of the connection says the same; a standby notices later that it was ended.
      const clients = primary.cli("client", "list", "type", "replica").split("\n");
      return clients.map((line) => /laddr=\S+:(\d+)/.exec(line)?.[1]).join() === String(port);
    });
    written += 1;
    primary.cli("set", "written", String(written));
    await standby.until("what was written arrives", () => standby.cli("get", "written") === String(written));
    expect(standby.state("redis.conf")).to.contain("replicaof 127.0.0.1");
  }
  async function restart(host: GuardedRedis, peer: GuardedRedis, mode: Encryption): Promise<void> {
    await host.stop();
    host.setMode(mode, filesOf(good));
    await begin(host, peer);
  }
  /** With the files that it has. */
  async function startAgain(host: GuardedRedis, peer: GuardedRedis): Promise<void> {
    await host.stop();
    await begin(host, peer);
  }
  async function begin(host: GuardedRedis, peer: GuardedRedis): Promise<void> {
    host.start(peer);
    await host.until("it answers", () => host.cli("ping") === "PONG");
  }

  it("begins plain, as without certificates", async () => {
    a.write("data/understudy/init", "primary\n");
    a.start(b);
    await a.until("a primary", () => a.cli("ping") === "PONG");
    b.write("data/understudy/init", "standby\n");
    b.start(a);
    await follows(b, a, "plain");
    expect(a.cli("config", "get", "tls-port").split("\n")[1]).to.equal("0");
    expect(a.state("encryption")).to.equal("");
    expect(a.state("redis.conf")).not.to.match(/tls|unixsocket/);
  });

  it("takes both once both hosts accept, the standby first, and goes on plain by itself", async () => {
    await restart(b, a, "accepted");
    await follows(b, a, "plain");
    await restart(a, b, "accepted");
    await follows(b, a, "plain");
    const session = await drill(a, shown(good, "understudy_drill"));
    open.push(session);
    expect((await identifyRedis(session)).role).to.equal("primary");
    (await drill(a)).close();
    expect(a.state("encryption")).to.match(/^accepted on \d/);
  });

  it("follows encrypted once its own host uses it, without a restart and without a session lost", async () => {
    const [session] = open;
    b.reload("used");
    await follows(b, a, "tls");
    a.reload("used");
    await follows(b, a, "tls");
    expect(await session?.command("PING")).to.equal("PONG");
    expect(a.cli("config", "get", "tls-replication").split("\n")[1]).to.equal("yes");
    expect(await followPort(session ?? expect.fail(), ports(a))).to.equal(a.tlsPort);
  });

  it("lets nobody in plain any more where it is required, without a restart; its own programs come by the socket", async () => {
    a.reload("required");
    b.reload("required");
    await a.until("its plain port is closed", () => a.cli("config", "get", "port").split("\n")[1] === "0");
    await b.until("its plain port is closed", () => b.cli("config", "get", "port").split("\n")[1] === "0");
    await follows(b, a, "tls");
    expect((await refusal(drill(a))).sign).to.equal("silent");
    expect(await open[0]?.command("PING")).to.equal("PONG");
    (await drill(b, shown(good, "understudy_drill"))).close();
    expect(
      a.run("sh", "-c", `. ${a.path("understudy/login.sh")}; bin=$UNDERSTUDY_BIN; ask_redis 2 ping`).stdout,
    ).to.equal("PONG\n");
  });

  it("has the probe write and read back, and the standby's eyes look", async () => {
    const at = { host: "127.0.0.1", port: a.tlsPort, tls: true };
    const clients = { understudy_probe: shown(good, "understudy_probe") };
    const login = probeCredentials({ ...GUARDED_CREDENTIALS, clients });
    const probe = await openProbe(at, login, "run");
    expect((await probe.write(1)).outcome).to.equal("a");
    probe.destroy();
    const found = await readBackRedis(at, login, { run: "run", sinceMs: 0 });
    expect(JSON.stringify(found)).to.contain("1");
    expect(look(b)).to.contain("role=primary");
  });

  it("changes the roles, and the demoted primary follows by the same kind of port", async () => {
    const port = await followPort(open[0] ?? expect.fail(), ports(b));
    a.cli("replicaof", "127.0.0.1", String(port));
    b.cli("replicaof", "no", "one");
    for (const one of [a, b]) one.cli("config", "rewrite");
    await follows(a, b, "tls");
  });

  it("starts again on either host, and asks its peer encrypted", async () => {
    await restart(a, b, "required");
    await follows(a, b, "tls");
    await restart(b, a, "required");
    await b.until("a primary again", () => b.state("status") === "primary");
    await follows(a, b, "tls");
  });

  it("reads a renewed certificate without a session lost", async () => {
    const session = await drill(b, shown(good, "understudy_drill"));
    open.push(session);
    good = await issued(authority, Date.now());
    b.reload("required", filesOf(good));
    expect(await session.command("PING")).to.equal("PONG");
    expect(b.state("encryption")).to.match(/^required on \d+-\d+$/);
    (await drill(b, shown(good, "understudy_drill"))).close();
    a.reload("required", filesOf(good));
    await follows(a, b, "tls");
  });

  it("has another CA in the place of the first in three parts, host after host, and nobody refuses anybody", async function () {
    this.timeout(240_000);
    const session = await drill(b, shown(good, "understudy_drill"));
    open.push(session);
    const next = await makeAuthority("sample", Date.now());
    const [of, both] = [await issued(next, Date.now()), [rootOf(authority), rootOf(next)]];
    const parts: readonly StackCertificates[] = [{ ...good, trust: both }, { ...of, trust: both }, of];
    try {
      for (const part of parts) {
        for (const host of [a, b]) {
          host.reload("required", filesOf(part));
          const wanted = new X509Certificate(part.leaves["server"]?.certificate ?? "").fingerprint256;
          expect(await shownCertificate({ address: "127.0.0.1", port: host.tlsPort }, "redis")).to.equal(wanted);
          b.cli("client", "kill", "type", "replica");
          await follows(a, b, "tls");
          expect(look(a), "the standby's eyes").to.contain("role=primary");
          expect(look(b), "the primary's eyes").to.contain("role=standby");
          (await drill(host, shown(part, "understudy_drill"))).close();
          // The standby has gone ahead of the primary: it comes back as well.
          if (host === a) await startAgain(a, b);
          await follows(a, b, "tls");
        }
      }
      expect(await session.command("PING")).to.equal("PONG");
      const former = { ...shown(good, "understudy_drill"), ca: trustBundle(of) };
      expect(await refusal(drill(b, former))).to.deep.equal({ sign: "lives", code: "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA" });
    } finally {
      for (const host of [b, a]) host.reload("required", filesOf(good));
    }
    await follows(a, b, "tls");
  });

  it("keeps what it has when a renewed certificate is no good, and says so", async () => {
    const bad = { ...filesOf(good), "server.key": filesOf(other)["server.key"] ?? "" };
    b.reload("required", bad);
    expect(b.state("encryption")).to.match(/^required on \S+ the certificates were not taken/);
    (await drill(b, shown(good, "understudy_drill"))).close();
    await follows(a, b, "tls");
  });

  it("starts with a bad certificate, and does not become plain", async () => {
    await b.stop();
    b.start(a);
    await b.until("it answers on its socket", () => b.cli("ping") === "PONG");
    expect(b.state("encryption")).to.match(/^required off /);
    expect((await refusal(drill(b))).sign).to.equal("silent");
    b.reload("required", filesOf(good));
    (await drill(b, shown(good, "understudy_drill"))).close();
    await follows(a, b, "tls");
  });

  for (const [words, make, code] of [
    [
      "expired",
      () => makeAuthority("sample", Date.now() - 1000 * DAY_MS).then((one) => issued(one, Date.now() - 800 * DAY_MS)),
      /./,
    ],
    ["of a foreign CA", () => Promise.resolve(other), /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET/],
    [
      "without its address",
      () => issued(authority, Date.now(), ["host-a", "203.0.113.9"]),
      /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    ],
  ] as const) {
    it(`does not believe a certificate that is ${words}, and takes its server for silent neither here nor there`, async () => {
      const files = filesOf(await make());
      b.reload("required", { "server.crt": files["server.crt"] ?? "", "server.key": files["server.key"] ?? "" });
      const sign = await refusal(drill(b, shown(good, "understudy_drill")));
      expect(sign.sign).to.equal("unknown");
      expect("code" in sign ? sign.code : "").to.match(code);
      if (words !== "without its address") expect(look(a)).to.match(/sign=lives/);
      b.reload("required", filesOf(good));
      await follows(a, b, "tls");
    });
  }

  it("takes a port that ends a connection before it is encrypted for silent neither here nor there", async () => {
    await b.stop();
    const ending = createServer((socket) => socket.destroy()).listen(b.tlsPort, "127.0.0.1");
    await once(ending, "listening");
    try {
      const sign = await refusal(drill(b, shown(good, "understudy_drill")));
      expect(sign).to.deep.equal({ sign: "unknown", code: "ERR_TLS_ENDED" });
      expect(await lookOnce(a)).to.match(/sign=lives\ncode=NOTLS/);
    } finally {
      ending.close();
    }
    expect((await refusal(drill(b, shown(good, "understudy_drill")))).sign).to.equal("silent");
    expect(look(a)).to.match(/sign=silent/);
    b.start(a);
    await follows(a, b, "tls");
  });

  it("is not asked plain where its peer requires encryption and it only accepts it", async () => {
    a.reload("accepted");
    await follows(a, b, "tls");
    expect(a.state("peer-way")).to.equal("tls");
  });

  it("goes back the same way", async () => {
    b.reload("used");
    await a.until("asks plain again", () => a.state("peer-way") === "plain");
    await follows(a, b, "plain");
    b.reload("accepted");
    await restart(b, a, "plain");
    await follows(a, b, "plain");
    await restart(a, b, "plain");
    await follows(a, b, "plain");
    expect(a.state("peer-way")).to.equal("");
    expect(a.state("redis.conf")).not.to.match(/tls|unixsocket/);
  });

  it("goes from plain to required at once, the primary first, and never stops following", async () => {
    await restart(a, b, "plain");
    await restart(b, a, "required");
    expect(b.state("peer-way"), "it waits for its peer").to.equal("plain");
    await follows(a, b, "plain");
    expect(b.cli("config", "get", "port").split("\n")[1]).to.equal(String(b.port));
    await restart(a, b, "required");
    await follows(a, b, "tls");
    await b.until("its plain port is closed", () => b.cli("config", "get", "port").split("\n")[1] === "0");
    await follows(a, b, "tls");
  });

  it("holds a former primary beside a peer whose certificate it does not believe, whatever the policy", async () => {
    await b.stop();
    a.cli("replicaof", "no", "one");
    a.cli("config", "rewrite");
    a.reload("required", {
      "server.crt": filesOf(other)["server.crt"] ?? "",
      "server.key": filesOf(other)["server.key"] ?? "",
    });
    b.start(a, "resume");
    await b.isHeld(/answers and does not say what it is/);
    a.reload("required", filesOf(good));
    await b.until("a standby", () => b.state("status") === "standby");
    await follows(b, a, "tls");
  });

  it("takes a mode in silence where its container was made plain and is about to be replaced", async () => {
    await restart(b, a, "plain");
    b.setMode("required", filesOf(good));
    const done = b.run("env", "-u", "UNDERSTUDY_PEER_TLS_PORT", "sh", b.path("understudy/own-users.sh"), "reload");
    expect([done.status, done.stderr]).to.deep.equal([0, ""]);
    expect(b.cli("config", "get", "tls-port").split("\n")[1]).to.equal("0");
  });

  /** The same, while this process goes on. */
  function lookOnce(from: GuardedRedis): Promise<string> {
    const [program = "env", ...words] = eyesCommand("redis");
    return from.runBeside("sh", "-c", 'echo 2 | "$@"', "sh", program, ...words);
  }

  /** What a standby's eyes say of its peer. */
  function look(from: GuardedRedis): string {
    const [program = "env", ...words] = eyesCommand("redis");
    return from.run("sh", "-c", 'echo 2 | "$@"', "sh", program, ...words).stdout;
  }
});

describe("a pair of Redis that requires encryption from its first start", function () {
  this.timeout(60_000);
  this.slow(20_000);
  const hosts: GuardedRedis[] = [];
  after(async () => {
    for (const one of hosts) await one.close();
  });

  it("is never asked or followed plain", async function () {
    if (!canGuardRedis()) this.skip();
    const authority = await makeAuthority("sample", Date.now());
    const [a, b] = [await GuardedRedis.make("host-a"), await GuardedRedis.make("host-b")];
    hosts.push(a, b);
    for (const one of hosts) one.setMode("required", filesOf(await issued(authority, Date.now())));
    a.write("data/understudy/init", "primary\n");
    b.write("data/understudy/init", "standby\n");
    b.start(a);
    a.start(b);
    await b.until("follows", () => {
      const info = b.cli("info", "replication");
      return info.includes(`master_port:${a.tlsPort}`) && info.includes("master_link_status:up");
    });
    expect(a.state("redis.conf")).to.contain("port 0");
    expect(b.state("peer-way")).to.equal("tls");
    expect((await refusal(drill(a))).sign).to.equal("silent");
  });
});
