import { randomBytes, X509Certificate } from "node:crypto";
import { expect } from "chai";
import { connectPostgres, type PostgresSession } from "../../drills/hosts/postgres";
import { openPostgres } from "../../drills/probe/postgres-connection";
import { readBackPostgres } from "../../drills/probe/postgres-read-back";
import { postgresSign, type SignOfLife } from "../../drills/hosts/signs-of-life";
import { eyesCommand } from "../../drills/unplanned/standby-look";
import { shownCertificate } from "../../drills/hosts/shown-certificate";
import { trustBundle, type ClientCertificate } from "../../settings/certificates/clients";
import { encryptionFiles, POSTGRES_SHOWS } from "../../settings/certificates/container-files";
import { issueLeaf, makeAuthority } from "../../settings/certificates/issue";
import type { Authority, StackCertificates } from "../../settings/certificates/stored";
import { REPLICATION_USER } from "../../settings/names";
import { ownPassword } from "../../settings/own-roles";
import { rootOf } from "../../operator/certificates/exchange";
import { beginPair } from "../support/begin-pair";
import { CAN_GUARD_POSTGRES, GuardedPostgres } from "../support/guarded-postgres";
import { DAY_MS, serverLeaf } from "../support/issued";

const CREDENTIALS = { postgres: randomBytes(9).toString("hex"), replication: randomBytes(9).toString("hex") };
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
  Object.fromEntries(encryptionFiles("used", all, POSTGRES_SHOWS).filter(([name]) => name !== "encryption"));

describe("a pair of PostgreSQL that goes from plain to encrypted, behind its boot guards", function () {
  this.timeout(120_000);
  this.slow(30_000);
  let [a, b] = [undefined, undefined] as unknown as [GuardedPostgres, GuardedPostgres];
  let [authority, foreign, ancient] = [undefined, undefined, undefined] as unknown as [Authority, Authority, Authority];
  let good: StackCertificates;
  const open: PostgresSession[] = [];

  before(async function () {
    if (!CAN_GUARD_POSTGRES) this.skip();
    const now = Date.now();
    authority = await makeAuthority("sample", now);
    foreign = await makeAuthority("sample", now);
    ancient = await makeAuthority("sample", now - 1000 * DAY_MS);
    good = await issued(authority, now);
    const passwords = {
      ...CREDENTIALS,
      guard: ownPassword(CREDENTIALS, "understudy_guard"),
    };
    a = await GuardedPostgres.make("host-a", passwords);
    b = await GuardedPostgres.make("host-b", passwords);
    [a.peer, b.peer] = [b, a];
  });
  after(async () => {
    await Promise.all(open.map((one) => one.end().catch(() => undefined)));
    for (const one of [a, b]) await (one as GuardedPostgres | undefined)?.remove();
  });

  const shown = (all: StackCertificates, role: (typeof CLIENTS)[number]): ClientCertificate => {
    const leaf = all.leaves[role] ?? expect.fail();
    return { ca: trustBundle(all), cert: leaf.certificate, key: leaf.key };
  };
  const drill = (at: GuardedPostgres, tls?: ClientCertificate): Promise<PostgresSession> =>
    connectPostgres({
      ...{ address: "127.0.0.1", port: at.port, user: "understudy_drill", tls },
      password: ownPassword(CREDENTIALS, "understudy_drill"),
    });
  async function kept(session: Promise<PostgresSession>): Promise<PostgresSession> {
    const one = await session;
    open.push(one);
    return one;
  }
  const refusal = async (session: Promise<PostgresSession>): Promise<SignOfLife> => {
    try {
      await (await session).end();
    } catch (error) {
      return postgresSign(error);
    }
    return expect.fail("it was let in");
  };
  /** How a standby follows, as its primary says: its state, and whether it is encrypted. */
  const follows = (primary: GuardedPostgres): string | undefined =>
    primary.sql(
      "select state, ssl from pg_stat_replication join pg_stat_ssl using (pid) where application_name like 'understudy\\_host%'",
    );
  const pid = async (session: PostgresSession): Promise<number | undefined> =>
    (await session.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]?.pid;

  it("begins plain, as without certificates", async () => {
    await beginPair(a, b, CREDENTIALS);
    await a.until("a standby", () => follows(a) === "streaming|f");
    expect(a.sql("show ssl")).to.equal("off");
    expect(a.read("data/understudy/ssl-guard")).to.equal("");
    expect(await refusal(drill(a, shown(good, "understudy_drill")))).to.deep.equal({ sign: "lives", code: "no-code" });
  });

  it("one host that requires encryption goes on with its plain peer, and loses no session", async () => {
    const client = await kept(drill(a));
    const before = await pid(client);
    a.setMode("required", filesOf(good));
    a.reload();
    await a.until("encryption", () => a.sql("show ssl") === "on");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(follows(a)).to.equal("streaming|f");
    expect(a.read("data/understudy/plain-peer")).to.equal("");
    expect(a.asGuard('ask_peer; printf "%s\\n" "$peer"')).to.equal("standby\n");
    expect(await pid(client)).to.equal(before);
    await (await drill(a, shown(good, "understudy_drill"))).end();
    // Whoever loses a connection meanwhile comes back.
    b.sql("select 1");
    a.sql("select pg_terminate_backend(pid) from pg_stat_replication");
    await a.until("the standby again", () => follows(a)?.startsWith("streaming"));
  });

  it("with both, replication and guards encrypt by themselves, and nobody comes plain any more", async () => {
    b.setMode("required", filesOf(good));
    b.reload();
    await a.until("encrypted replication", () => follows(a) === "streaming|t");
    await a.until("no plain peer", () => a.read("data/understudy/plain-peer") === undefined);
    for (const host of [a, b]) await untilRefused(host, undefined, "28000");
    for (const host of [a, b]) {
      const session = await drill(host, shown(good, "understudy_drill"));
      const { rows } = await session.query<{ ssl: boolean; version: string }>(
        "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()",
      );
      await session.end();
      expect(rows[0]?.ssl).to.equal(true);
      expect(rows[0]?.version).to.match(/^TLSv1\.[23]$/);
    }
    expect(a.asGuard('ask_peer; printf "%s\\n" "$peer"')).to.equal("standby\n");
    expect(b.asGuard('ask_peer; printf "%s\\n" "$peer"')).to.equal("primary\n");
    await a.until("the record of a followed primary", () =>
      /reason=streaming/.test(b.read("data/understudy/followed") ?? ""),
    );
  });

  it("a role of ours needs its own certificate beside its password", async () => {
    const other = shown(good, "understudy_probe");
    // The password was right: PostgreSQL has one code for both.
    expect(await refusal(drill(a, other))).to.deep.equal({ sign: "lives", code: "28P01" });
    const none = { ...other, cert: "", key: "" };
    expect((await refusal(drill(a, none))).sign).to.equal("lives");
    const another = await issued(foreign, Date.now());
    const stranger = { ...shown(another, "understudy_drill"), ca: trustBundle(good) };
    expect((await refusal(drill(a, stranger))).sign).to.equal("lives");
  });

  it("the probe writes and reads back encrypted, and notices at once when its session is cut", async () => {
    const at = { host: "127.0.0.1", port: a.port, tls: shown(good, "understudy_probe") };
    const password = ownPassword(CREDENTIALS, "understudy_probe");
    const connection = await openPostgres(at, password, "d-1");
    expect((await connection.write(1)).outcome).to.equal("a");
    expect(
      a.sql("select ssl from pg_stat_ssl join pg_stat_activity using (pid) where usename = 'understudy_probe'"),
    ).to.equal("t");
    expect((await readBackPostgres(at, password, { run: "d-1", startedAgoMs: 0 })).found).to.deep.equal([[1, 1]]);
    a.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'understudy_probe'");
    await connection.closed;
    expect(connection.isOpen).to.equal(false);
    a.sql("delete from understudy.events", "understudy");
    expect(
      await refusal(connectPostgres({ ...at, address: at.host, user: "understudy_probe", password, tls: undefined })),
    ).to.deep.equal({
      ...{ sign: "lives", code: "28000" },
    });
  });

  it("a renewed certificate is taken by reload, and no session is lost", async () => {
    const client = await kept(drill(a, shown(good, "understudy_drill")));
    const before = await pid(client);
    const renewed = await issued(authority, Date.now());
    a.setMode("required", filesOf(renewed));
    a.reload();
    const serial = async (): Promise<string> => {
      const session = await drill(a, shown(renewed, "understudy_drill"));
      const { stream } = session.connection as unknown as { stream: { getPeerX509Certificate(): { raw: Buffer } } };
      const { raw } = stream.getPeerX509Certificate();
      await session.end();
      return raw.toString("base64");
    };
    const wanted = (renewed.leaves["server"]?.certificate ?? "").replaceAll(/-----.*-----|\s/g, "");
    let seen = "";
    await a.until("the new certificate", () => {
      void serial().then(
        (one) => (seen = one),
        () => undefined,
      );
      return seen === wanted;
    });
    expect(await pid(client)).to.equal(before);
    expect(follows(a)).to.equal("streaming|t");
  });

  it("another CA takes the place of the first in three parts, host after host, and nobody refuses anybody", async () => {
    const next = await makeAuthority("sample", Date.now());
    const client = await kept(drill(a, shown(good, "understudy_drill")));
    const before = await pid(client);
    const [of, both] = [await issued(next, Date.now()), [rootOf(authority), rootOf(next)]];
    const parts: readonly StackCertificates[] = [{ ...good, trust: both }, { ...of, trust: both }, of];
    for (const part of parts) {
      for (const host of [b, a]) {
        host.setMode("required", filesOf(part));
        host.reload();
        const wanted = new X509Certificate(part.leaves["server"]?.certificate ?? "").fingerprint256;
        const shows = (): Promise<string> => shownCertificate({ address: "127.0.0.1", port: host.port }, "postgres");
        for (const end = Date.now() + 20_000; Date.now() < end && (await shows()) !== wanted;);
        expect(await shows()).to.equal(wanted);
        a.sql("select pg_terminate_backend(pid) from pg_stat_replication");
        await a.until("encrypted replication", () => follows(a) === "streaming|t");
        await a.until("the primary's guard is let in", () => a.asGuard('ask_peer; printf "%s" "$peer"') === "standby");
        await b.until("the standby's guard is let in", () => b.asGuard('ask_peer; printf "%s" "$peer"') === "primary");
        await (await drill(host, shown(part, "understudy_drill"))).end();
      }
    }
    expect(await pid(client)).to.equal(before);
    const former = { ...shown(good, "understudy_drill"), ca: trustBundle(of) };
    expect((await refusal(drill(a, former))).sign).to.equal("lives");
    [good, authority] = [of, next];
  });

  const BAD: Readonly<Record<string, { readonly code: string; readonly of: () => Promise<StackCertificates> }>> = {
    "that has ended": { code: "CERT_HAS_EXPIRED", of: () => issued(ancient, Date.now() - 400 * DAY_MS) },
    "that has not begun": { code: "CERT_NOT_YET_VALID", of: () => issued(authority, Date.now() + DAY_MS) },
    "of a foreign CA": { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE", of: () => issued(foreign, Date.now()) },
    "without the address": {
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
      of: () => issued(authority, Date.now(), ["host-a", "localhost", "10.0.0.3"]),
    },
  };
  for (const [what, { code, of }] of Object.entries(BAD)) {
    it(`a server's certificate ${what} is refused, and is no silence to anybody`, async () => {
      const bad = await of();
      const [crt, key] = [bad.leaves["server"]?.certificate ?? "", bad.leaves["server"]?.key ?? ""];
      // Everybody believes the old CA here, so that the end alone is what is wrong.
      const both = { ...good, trust: [...good.trust, rootOf(ancient)] };
      const trust = { "ca.crt": trustBundle(both) };
      a.setMode("required", { ...filesOf(good), ...trust, "server.crt": crt, "server.key": key });
      a.reload();
      b.setMode("required", { ...filesOf(good), ...trust });
      b.reload();
      const client = { ...shown(good, "understudy_drill"), ca: trustBundle(both) };
      await untilRefused(a, client, code);
      expect(b.asGuard('ask_peer; printf "%s\\n" "$peer"')).to.equal("unclear\n");
      const eyes = eyesCommand("timescaledb");
      expect(b.run(eyes[0] ?? "", eyes.slice(1), "3\n").stdout).to.match(
        /^sign=lives\ncode=not-let-in\nwords=.*\nok\n$/,
      );
      a.setMode("required", filesOf(good));
      a.reload();
      b.setMode("required", filesOf(good));
      b.reload();
      await b.until("an answer again", () => b.asGuard('ask_peer; printf "%s" "$peer"') === "primary");
      await a.until("replication", () => follows(a) === "streaming|t");
    });
  }
  /** A server reads its files anew a moment after it was told to. */
  async function untilRefused(
    host: GuardedPostgres,
    client: ClientCertificate | undefined,
    code: string,
  ): Promise<void> {
    let last: SignOfLife | undefined;
    for (let turn = 0; turn < 100; turn += 1) {
      last = await drill(host, client).then(
        (one) => one.end().then(() => undefined),
        (error: unknown) => postgresSign(error),
      );
      if (last !== undefined) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(last).to.deep.equal({ sign: "lives", code });
  }

  it("files that PostgreSQL cannot take keep no server from what it is: reload, then start, then mended", async () => {
    a.setMode("required", { ...filesOf(good), "server.key": "no key\n" });
    a.reload();
    expect(a.read("data/understudy/encryption")).to.match(/^required on \S+ the certificates were not taken/);
    await (await drill(a, shown(good, "understudy_drill"))).end();
    await a.stop();
    a.start();
    await a.until("a primary", () => a.status() === "primary" && a.sql("show ssl") === "off");
    expect(a.read("data/understudy/encryption")).to.match(/^required off \S+ \S/);
    expect(a.sql("select count(*) from understudy.events", "understudy")).to.equal("0");
    // It lets nobody in plain all the same.
    expect(await refusal(drill(a))).to.deep.equal({ sign: "lives", code: "28000" });
    a.setMode("required", filesOf(good));
    a.reload();
    await a.until("encryption", () => a.sql("show ssl") === "on");
    expect(a.read("data/understudy/encryption")).to.match(/^required on \S+ \n$/);
    await a.until("replication", () => follows(a) === "streaming|t");
  });

  it("the roles go there and back: a stopped primary follows encrypted", async () => {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      to.sql(`select understudy.make_slot('understudy_${from.host.replace("-", "_")}')`, "understudy");
      await from.stop();
      expect(to.sql("select pg_promote()")).to.equal("t");
      from.start();
      await to.until("the former primary", () => follows(to) === "streaming|t");
      expect(from.status()).to.equal("standby");
      expect(from.sql("show primary_conninfo")).to.include("sslmode=verify-full");
      expect(from.sql("select conninfo from pg_stat_wal_receiver")).to.include("sslmode=verify-full");
    }
  });

  it("a diverged host comes back by pg_rewind, and one without data by pg_basebackup, both encrypted", async () => {
    a.sql("select understudy.make_slot('understudy_host_b')", "understudy");
    await b.stop("SIGKILL");
    b.run("rm", [b.path("data/pgdata/standby.signal")]);
    // Where nobody else has the role: what it writes now is its own history.
    b.peer = undefined;
    b.start();
    await b.until(
      "a second history",
      () => b.sql("create table public.diverged (one int)", "understudy") !== undefined,
    );
    await b.stop();
    b.peer = a;
    a.sql("checkpoint");
    const said = b.asGuard("rewind_to_peer 60 --no-ensure-shutdown; echo code $?");
    expect(said).to.match(/code 0\n$/);
    b.run("touch", [b.path("data/pgdata/standby.signal")]);
    b.start();
    await a.until("the rewound host", () => follows(a) === "streaming|t");
    await b.stop();
    // A volume that was lost: this host was never plain, so it asks encrypted from its first word on.
    b.run("rm", ["-rf", b.path("data/pgdata"), b.path("data/understudy")]);
    b.run("mkdir", ["-p", b.path("data/pgdata"), b.path("data/understudy")]);
    b.tell("standby");
    b.start();
    await a.until("the cloned host", () => follows(a) === "streaming|t");
    expect(b.read("data/understudy/plain-peer")).to.equal(undefined);
  });

  it("in mode used takes both, and follows encrypted; from there it goes back to plain by servers that take both", async () => {
    for (const [mode, way] of [
      ["used", "streaming|t"],
      ["accepted", "streaming|f"],
      ["plain", "streaming|f"],
    ] as const) {
      for (const host of [a, b]) {
        host.setMode(mode, mode === "plain" ? {} : filesOf(good));
        host.reload();
      }
      await a.until(`replication in mode ${mode}`, () => follows(a) === way);
      for (const host of [a, b]) await untilLetIn(host);
      if (mode !== "plain") await (await drill(a, shown(good, "understudy_drill"))).end();
    }
    await a.until("no encryption", () => a.sql("show ssl") === "off");
  });
  async function untilLetIn(host: GuardedPostgres): Promise<void> {
    let last: unknown = "";
    for (let turn = 0; turn < 100; turn += 1) {
      last = await drill(host).then(
        (one) => one.end(),
        (error: unknown) => postgresSign(error),
      );
      if (last === undefined) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(last).to.equal(undefined);
  }
});

describe("a pair of PostgreSQL that requires encryption from its first start on", function () {
  this.timeout(120_000);
  this.slow(30_000);
  const pair: GuardedPostgres[] = [];
  after(() => Promise.all(pair.map((one) => one.remove())));

  it("begins as a primary and a clone, neither ever plain; a first start encrypts without another one", async function () {
    if (!CAN_GUARD_POSTGRES) this.skip();
    const now = Date.now();
    const all = await issued(await makeAuthority("sample", now), now);
    const passwords = { ...CREDENTIALS, guard: ownPassword(CREDENTIALS, "understudy_guard") };
    const [a, b] = [await GuardedPostgres.make("host-a", passwords), await GuardedPostgres.make("host-b", passwords)];
    pair.push(a, b);
    [a.peer, b.peer] = [b, a];
    for (const host of [a, b]) {
      host.setMode("required", filesOf(all));
      host.writeFiles();
    }
    a.tell("primary");
    a.start();
    await a.until("encryption", () => a.sql("show ssl") === "on");
    const since = a.sql("select pg_postmaster_start_time()");
    a.sql(`create role ${REPLICATION_USER} login replication password '${CREDENTIALS.replication}'`);
    a.sql("create database understudy");
    a.sql("select pg_create_physical_replication_slot('understudy_host_b', true)");
    b.tell("standby");
    b.start();
    await a.until(
      "the clone",
      () =>
        a.sql(
          "select bool_and(ssl) from pg_stat_replication join pg_stat_ssl using (pid) where state = 'streaming'",
        ) === "t",
    );
    expect([a, b].map((one) => one.read("data/understudy/plain-peer"))).to.deep.equal([undefined, undefined]);
    expect(a.sql("select pg_postmaster_start_time()")).to.equal(since);
    await b.until("its own encryption", () => b.sql("show ssl") === "on");
  });
});
