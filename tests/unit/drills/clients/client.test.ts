import { setTimeout as sleep } from "node:timers/promises";
import { ErrorReply } from "@redis/client";
import { expect } from "chai";
import { DatabaseError } from "pg";
import { runClient } from "../../../../drills/clients/client";
import { PrimaryFinder } from "../../../../drills/clients/find-primary";
import { orderOf } from "../../../../drills/clients/loads";
import { replyOfPostgres } from "../../../../drills/clients/node-postgres";
import { replyOfRedis } from "../../../../drills/clients/node-redis";
import { ANSWERED, NotConnected, type ClientSession, type Reply } from "../../../../drills/clients/session";
import { StatementLog } from "../../../../drills/clients/statement-log";
import { clientFigures } from "../../../../evidence/client-figures";

/** A session that gives these replies, one a statement, then answers. */
function session(replies: (Reply | "silence")[] = []): ClientSession & { closed: number } {
  const made = {
    isOpen: true,
    closed: 0,
    send: (): Promise<Reply> => {
      const reply = replies.shift() ?? ANSWERED;
      return reply === "silence" ? new Promise(() => undefined) : Promise.resolve(reply);
    },
    close: () => void (made.closed += 1),
  };
  return made;
}

/** Lets one client send over what `open` gives, until it was answered so often. */
async function over(open: () => Promise<ClientSession>, answered = 3): Promise<ReturnType<StatementLog["samples"]>> {
  const log = new StatementLog();
  const stop = new AbortController();
  const now = (): number => performance.now();
  let number = 0;
  const settings = { intervalMs: 2, statementTimeoutMs: 20 };
  const nextNumber = (): number => (number += 1);
  const run = runClient({ number: 0, open, log, now, nextNumber, settings, stop: stop.signal });
  for (let turn = 0; turn < 500 && log.answeredOf(0) < answered; turn += 1) await sleep(5);
  stop.abort();
  await run;
  return log.samples(now());
}

describe("a client of a load", () => {
  it("keeps its session while that is good, and sends nothing twice", async () => {
    const one = session([{ end: "f", code: "40001" }]);
    let opened = 0;
    const samples = await over(() => Promise.resolve((opened += 1) === 1 ? one : session()));
    expect(opened).to.equal(1);
    expect(samples.end.slice(0, 2)).to.deep.equal(["f", "a"]);
    expect(samples.errors).to.deep.equal([{ at: 0, code: "40001" }]);
    expect(one.closed).to.equal(1);
  });

  it("leaves a session that leads nowhere, and one that has ended between two statements", async () => {
    const away = session([{ end: "f", code: "READONLY", leave: true }]);
    const ended = session();
    const sessions = [away, { ...ended, isOpen: false }, session()];
    let opened = 0;
    const samples = await over(() => Promise.resolve(sessions[(opened += 1) - 1] ?? session()));
    expect([away.closed, opened >= 3]).to.deep.equal([1, true]);
    expect(samples.end.slice(0, 3)).to.deep.equal(["f", "a", "a"]);
  });

  it("counts a statement that could not be sent as failed, and one without an answer as unknown", async () => {
    let turn = 0;
    const samples = await over(() => {
      turn += 1;
      if (turn === 1) return Promise.reject(new NotConnected("ECONNREFUSED"));
      return Promise.resolve(turn === 2 ? session(["silence"]) : session());
    });
    expect(samples.errors).to.deep.equal([
      { at: 0, code: "ECONNREFUSED" },
      { at: 1, code: "no-answer" },
    ]);
    expect(samples.end.slice(0, 3)).to.deep.equal(["f", "u", "a"]);
  });

  it("leaves nothing open that is connected when nobody waits any more", async () => {
    const late = session();
    let turn = 0;
    await over(() => ((turn += 1) === 1 ? sleep(40).then(() => late) : Promise.resolve(session())), 20);
    expect(late.closed).to.equal(1);
  });
});

describe("the log of a load", () => {
  it("counts what is still under way at the end as unknown, and how often a driver sent again", () => {
    const log = new StatementLog();
    const first = log.begin(0, 1);
    log.begin(1, 2);
    log.end(first, 3, { ...ANSWERED, resent: 2 });
    log.end(first, 9, { end: "u", code: "no-answer" });
    const samples = log.samples(5);
    expect(samples).to.deep.equal({
      client: [0, 1],
      startMs: [1, 2],
      endMs: [3, 5],
      end: ["a", "u"],
      errors: [{ at: 1, code: "no-answer" }],
      resent: [{ at: 0, times: 2 }],
    });
    expect(clientFigures(samples)).to.deep.equal({
      counts: { sent: 2, answered: 1, failed: 0, ended: 0, unknown: 1, resent: 2 },
      codes: { "no-answer": 1 },
      latencyMs: { p50: 2, p99: 2, max: 2 },
    });
  });
});

describe("what a client makes of an error", () => {
  const postgres = (code: string): Reply => {
    const error = new DatabaseError("in any language", 1, "error");
    error.code = code;
    return replyOfPostgres(error);
  };

  it("is told by SQLSTATE", () => {
    expect(postgres("57P01")).to.deep.equal({ end: "e", code: "57P01", leave: true });
    expect(postgres("25006")).to.deep.equal({ end: "f", code: "25006", leave: true });
    expect(postgres("23505")).to.deep.equal({ end: "f", code: "23505", leave: false });
    expect(postgres("08006")).to.deep.equal({ end: "u", code: "08006", leave: true });
  });

  it("is told by the first word of a RESP error", () => {
    const redis = (words: string): Reply => replyOfRedis(new ErrorReply(words));
    expect(redis("READONLY You can't write")).to.deep.equal({ end: "f", code: "READONLY", leave: true });
    expect(redis("OOM command not allowed")).to.deep.equal({ end: "f", code: "OOM", leave: false });
    expect(redis("odd words").code).to.equal("ERR");
  });

  it("is told by errno, or as a closed connection: then nobody knows whether it was carried out", () => {
    const reset = Object.assign(new Error("in any language"), { code: "ECONNRESET" });
    for (const read of [replyOfPostgres, replyOfRedis]) {
      expect(read(reset)).to.deep.equal({ end: "u", code: "ECONNRESET", leave: true });
      expect(read(new Error("Connection terminated"))).to.deep.equal({ end: "u", code: "closed", leave: true });
    }
  });
});

describe("the search for the primary", () => {
  const addresses = [
    { host: "a", port: 1 },
    { host: "b", port: 2 },
  ];

  it("begins with the one that was it last, and closes what leads to a standby", async () => {
    let primary = "b";
    const asked: string[] = [];
    let closed = 0;
    const finder = new PrimaryFinder(addresses, ({ host }) => {
      asked.push(host);
      return Promise.resolve({ session: { host, close: () => void (closed += 1) }, isPrimary: host === primary });
    });
    expect((await finder.find()).host).to.equal("b");
    expect((await finder.find()).host).to.equal("b");
    primary = "a";
    expect((await finder.find()).host).to.equal("a");
    expect(asked).to.deep.equal(["a", "b", "b", "b", "a"]);
    expect(closed).to.equal(2);
  });

  it("says why there is none: the first reason that is more than a standby", async () => {
    const open = (address: { host: string }) =>
      address.host === "a"
        ? Promise.resolve({ session: { close: () => undefined }, isPrimary: false })
        : Promise.reject(new NotConnected("57P03"));
    const failure: unknown = await new PrimaryFinder(addresses, open).find().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(NotConnected).and.include({ code: "57P03" });
    const standbys = new PrimaryFinder(addresses, () =>
      Promise.resolve({ session: { close: () => undefined }, isPrimary: false }),
    );
    const none: unknown = await standbys.find().catch((error: unknown) => error);
    expect(none).to.include({ code: "no-primary" });
  });
});

describe("the order of a load", () => {
  const credentials = { postgres: "p", user: "u", redis: "r", redisUser: "ru", redisBefore: "b" };
  const tls = { ca: "c", cert: "d", key: "e" };
  const endpoint = (name: string, encrypted: boolean) => ({
    name,
    postgres: { host: name, port: 5432 },
    redis: encrypted ? { host: name, port: 6380, tls: true } : { host: name, port: 6379 },
  });
  const order = { drillId: "d-1", originNs: "7", endpoints: [endpoint("a", false), endpoint("b", false)] };

  it("has the accounts of the probe, both hosts, and a mark of its own in the journal", () => {
    expect(orderOf("psycopg2", { ...order, credentials })).to.deep.equal({
      ...{ driver: "psycopg2", originNs: "7", run: "d-1/clients/psycopg2", user: "u", password: "p" },
      addresses: [
        { host: "a", port: 5432 },
        { host: "b", port: 5432 },
      ],
    });
    expect(orderOf("node-redis", { ...order, credentials })).to.include({ user: "ru", password: "r" });
  });

  it("encrypts where the pair's sessions do", () => {
    const shown = { ...credentials, tls, redisTls: tls };
    const endpoints = [endpoint("a", true), endpoint("b", true)];
    expect(orderOf("redis-py", { ...order, endpoints, credentials: shown }).tls).to.equal(tls);
    expect(orderOf("redis-py", { ...order, credentials: shown }).tls).to.equal(undefined);
    expect(orderOf("node-postgres", { ...order, credentials: shown }).tls).to.equal(tls);
  });
});
