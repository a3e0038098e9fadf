import { expect } from "chai";
import type { ClientLoad } from "../../../../../evidence/client-loads";
import { clientFigures } from "../../../../../evidence/client-figures";
import type { EvidenceDocument } from "../../../../../evidence/document";
import { latenciesOf, windowOf } from "../../../../../lab/bench/clients/client-latency";
import { CLIENT_LOADS, loadName, loadOfTurn, TRANSACTION } from "../../../../../lab/bench/clients/client-loads";
import { judgeClients, summarizeClients } from "../../../../../lab/bench/clients/clients-summary";
import { clientsText, summaryLines, turnLine, type ClientsReport } from "../../../../../lab/bench/clients/clients-text";
import { addEvents, answeredNumbers, countJournal, countNumbers } from "../../../../../lab/bench/clients/count-events";
import { parseAborted, parsePgbenchLog, progressOf, type Sent } from "../../../../../lab/bench/clients/pgbench-log";
import { restCosts, restText, routesOfRound } from "../../../../../lab/bench/clients/rest-cost";
import { shopStatements } from "../../../../../lab/bench/clients/shop";
import { storeTurns } from "../../../../../lab/bench/clients/store-turns";
import type { ClientsTurn } from "../../../../../lab/bench/clients/turn-record";
import { machinePace } from "../../../../../lab/bench/machine-pace";
import { recordOf, recordWithoutEvidence } from "../../../../../lab/bench/swap-record";
import { judge } from "../../../../support/judge-evidence";
import { plannedEvidence } from "../../../../support/valid-evidence";

function evidenceWithMarks(...marks: readonly (readonly [string, number])[]): EvidenceDocument {
  const document = plannedEvidence();
  document.steps[2]!.marks.push(...marks.map(([name, atMs]) => ({ name, atMs, host: null })));
  return document;
}

const sent = (startMs: number, endMs: number, answered = true): Sent => ({ client: 0, startMs, endMs, answered });

function redisLoad(...ends: readonly ("a" | "u")[]): ClientLoad & { readonly run: string } {
  const samples = {
    client: ends.map(() => 0),
    startMs: ends.map((_, at) => 100 * at),
    endMs: ends.map((_, at) => 100 * at + 2),
    end: [...ends],
    errors: ends.flatMap((end, at) => (end === "a" ? [] : [{ at, code: "closed" }])),
    resent: [{ at: 0, times: 3 }],
  };
  return {
    ...{ driver: "redis-py", version: "1", store: "redis", route: "door", resends: "counted", clients: 1 },
    ...{ intervalMs: 40, startedAtMs: 0, finishedAtMs: 1000, samples, run: "r" },
    ...clientFigures(samples),
  };
}

function turn(number: number, over: Partial<ClientsTurn> = {}): ClientsTurn {
  const document = plannedEvidence();
  const journal = [{ run: 1, client: 0, rows: 2, numbers: 2, last: 2 }];
  const pgbench = [{ run: 1, sent: [sent(0, 5), sent(90, 240)], aborted: new Map<number, string>() }];
  const windows = { timescaledb: { fromMs: 100, toMs: 1200 }, redis: { fromMs: 100, toMs: 1100 } };
  const redis = [redisLoad("a", "a")];
  const events = [countNumbers([1, 2], { found: [[1, 2]], duplicatedSeqs: [] })];
  return {
    ...{
      turn: number,
      load: loadOfTurn(number),
      rate: 300,
      paceMs: 10 * number,
      notMeasured: null,
      swap: recordOf(document, judge(document)),
    },
    stores: storeTurns({ pgbench, redis }, windows, journal, events),
    ...over,
  };
}

describe("bench of clients at the doors", () => {
  describe("what pgbench says", () => {
    it("is read from its log: when a transaction was due, and when it was sent", () => {
      const log = "0 1 2078 0 1796132785 584673 65\n3 2 150000 0 1796132786 000001 149000\n";
      const [first, second] = parsePgbenchLog(log, 1_796_132_785_000);
      const dueMs = 584.673 - 2.078;
      expect(first).to.deep.equal({ client: 0, startMs: dueMs + 0.065, dueMs, endMs: 584.673, answered: true });
      expect(second).to.include({ client: 3, endMs: 1000.001 });
      expect(second!.endMs - second!.dueMs!).to.be.closeTo(150, 0.001);
      expect(second!.endMs - second!.startMs).to.be.closeTo(1, 0.001);
    });

    it("has transactions that failed, and no line that is half there", () => {
      expect(parsePgbenchLog("0 1 failed 0 1796132785 584673 65\n", 0)[0]?.answered).to.equal(false);
      expect(() => parsePgbenchLog("0 1 2078 0 17961\n0 1", 0)).to.throw("a line of another kind");
      expect(() => parsePgbenchLog("0 1 2078 0 1796132785 584673\n", 0), "without -R").to.throw(
        "a line of another kind",
      );
    });

    it("names each client that was given up once, by kind", () => {
      const said = [
        "pgbench: error: client 1 script 0 aborted in command 1 query 0: FATAL:  terminating connection due to administrator command",
        "pgbench: error: client 1 aborted in command 1 (SQL) of script 0; perhaps the backend died while processing",
        "pgbench: error: client 12 script 0 aborted in command 3 query 0: server closed the connection unexpectedly",
        "\tThis probably means the server terminated abnormally",
        "pgbench: error: Run was aborted; the above results are incomplete.",
      ].join("\n");
      expect([...parseAborted(said)]).to.deep.equal([
        [1, "terminating connection due to administrator command"],
        [12, "server closed the connection unexpectedly"],
      ]);
    });

    it("works when it has done something in the last second", () => {
      expect(progressOf("progress: 1.0 s, 245.0 tps, lat 3.1 ms stddev 1.2, 0 failed, lag 0.1 ms")).to.equal(245);
      expect(progressOf("pgbench: error: no")).to.equal(undefined);
    });
  });

  describe("the window", () => {
    const document = evidenceWithMarks(["clients held", 500], ["clients go on", 620], ["redis writes paused", 700]);

    it("goes on for a second after clients do, on the load's clock", () => {
      const origin = (BigInt(document.steps[0]!.originNs) - 2_000_000_000n).toString();
      expect(windowOf(document, "timescaledb", origin)).to.deep.equal({ fromMs: 2500, toMs: 3620 });
    });

    it("is unknown where a mark is missing", () => {
      expect(windowOf(document, "redis", document.steps[0]!.originNs)).to.equal(null);
    });

    it("has what waited in it and what began in it, and nothing else", () => {
      const all = [sent(0, 99), sent(90, 100), sent(50, 900), sent(200, 201), sent(201, 250), sent(10, 20, false)];
      const { window, outside } = latenciesOf(all, { fromMs: 100, toMs: 200 });
      expect(window).to.deep.equal({ statements: 3, p50: 10, p99: 850, max: 850 });
      expect(outside).to.include({ statements: 2, max: 99 });
      expect(latenciesOf(all, null)).to.deep.include({ window: null });
    });
  });

  describe("lost and duplicated", () => {
    const answered = new Map([
      [0, 3],
      [1, 2],
    ]);

    it("are counted in the database, by client", () => {
      const rows = [
        { run: 7, client: 0, rows: 3, numbers: 3, last: 3 },
        { run: 7, client: 1, rows: 3, numbers: 3, last: 3 },
        { run: 8, client: 0, rows: 9, numbers: 9, last: 9 },
      ];
      expect(countJournal(7, answered, rows)).to.deep.equal({
        ...{ acknowledged: 5, lost: 0, duplicated: 0, unacknowledged: 1 },
      });
    });

    it("are found: a hole, a client of which nothing is left, a row twice", () => {
      const rows = [{ run: 7, client: 0, rows: 4, numbers: 2, last: 3 }];
      expect(countJournal(7, answered, rows)).to.deep.include({ lost: 3, duplicated: 2, unacknowledged: 0 });
      const found = { found: [[1, 2] as const, [5, 5] as const], duplicatedSeqs: [2] };
      expect(countNumbers([1, 2, 3], found)).to.deep.equal({
        ...{ acknowledged: 3, lost: 1, duplicated: 1, unacknowledged: 1 },
      });
    });

    it("are unknown, not zero, where the store could not be read", () => {
      const unknown = { acknowledged: 5, lost: null, duplicated: null, unacknowledged: null };
      expect(countJournal(7, answered, null)).to.deep.equal(unknown);
      expect(
        addEvents([countNumbers([1], null), countNumbers([1], { found: [[1, 1]], duplicatedSeqs: [] })]),
      ).to.include({
        ...{ acknowledged: 2, lost: null },
      });
    });
  });

  describe("the loads", () => {
    it("take turns in both directions", () => {
      const names = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((one) => loadName(loadOfTurn(one)));
      expect(names[0]).to.equal(names[1]);
      expect(new Set(names).size).to.equal(CLIENT_LOADS.length);
      expect(names[8]).to.equal(names[0]);
    });

    it("write into a schema of their own, and no password stands in a statement", () => {
      expect(TRANSACTION).to.contain(
        "insert into bench_clients.journal (run, client, n) values (:run, :client_id, :n)",
      );
      expect(shopStatements("SCRAM-SHA-256$x").filter((one) => one.includes("password"))).to.deep.equal([
        "alter role bench_clients password 'SCRAM-SHA-256$x'",
      ]);
    });
  });

  describe("a switchover", () => {
    it("has what both stores' clients saw", () => {
      const { stores } = turn(1);
      expect(stores?.timescaledb).to.deep.include({ sent: 2, answered: 2, errors: {} });
      expect(stores?.timescaledb.windowMs?.max).to.equal(150);
      expect(stores?.redis).to.include({ sent: 2, answered: 2, resent: 3 });
      expect(answeredNumbers(redisLoad("a", "u", "a").samples)).to.deep.equal([1, 3]);
      expect(turnLine(turn(1))).to.contain("simple, 4 clients  PostgreSQL 0 of 2 failed, longest 150.0 ms, lost 0");
    });

    it("has the time since a transaction was due apart: what its load was late with is not what the door made it wait", () => {
      const late = { ...sent(110, 160), dueMs: -4000 };
      const before = { ...sent(10, 20), dueMs: -4000 };
      const pgbench = [{ run: 1, sent: [before, late], aborted: new Map<number, string>() }];
      const windows = { timescaledb: { fromMs: 100, toMs: 1200 }, redis: null };
      const { timescaledb } = storeTurns({ pgbench, redis: [] }, windows, null, []);
      expect([timescaledb.windowMs?.max, timescaledb.windowDueMs?.max, timescaledb.outsideMs?.max]).to.deep.equal([
        50, 4160, 10,
      ]);
    });

    it("counts a client that was given up as one statement without an answer", () => {
      const pgbench = [{ run: 1, sent: [sent(0, 1)], aborted: new Map([[3, "server closed the connection"]]) }];
      const { timescaledb } = storeTurns({ pgbench, redis: [] }, { timescaledb: null, redis: null }, null, []);
      expect(timescaledb).to.deep.include({ sent: 2, answered: 1, errors: { "server closed the connection": 1 } });
      expect(timescaledb.windowMs).to.equal(null);
    });
  });

  describe("the series", () => {
    it("meets its aims where nothing failed and nobody waited for too long", () => {
      const verdicts = judgeClients(summarizeClients([turn(1), turn(2), turn(3)], 3)).map(({ verdict }) => verdict);
      expect(new Set(verdicts)).to.deep.equal(new Set(["met"]));
    });

    it("meets none about what is unknown, and names what was not measured", () => {
      const broken = turn(2, {
        stores: null,
        notMeasured: "no load: no door",
        swap: recordWithoutEvidence("d-2", "gone"),
      });
      const summary = summarizeClients([turn(1), broken], 3);
      expect(summary.failed).to.deep.equal([{ drillId: "d-2", failure: "gone; no load: no door" }]);
      const verdicts = Object.fromEntries(judgeClients(summary).map(({ name, verdict }) => [name, verdict]));
      expect(verdicts).to.include({
        "PostgreSQL statements without an answer": "unknown",
        "Redis longest statement in a switchover": "unknown",
        "switchovers that failed, were not measured or not run": "not met",
      });
    });

    it("says how much slower the machine was at one time than at another", () => {
      const said = summaryLines(summarizeClients([turn(2), turn(3), turn(1)], 3)).join("\n");
      expect(said).to.include(
        "took 10.0 to 30.0 ms of a processor before each switchover: the machine was 3.0 times as",
      );
      expect(summaryLines(summarizeClients([], 3)).join("\n")).to.not.include("piece of work");
      expect(machinePace()).to.be.greaterThan(0);
    });

    it("says what failed, by kind and by load", () => {
      const one = turn(1);
      const stores = { ...one.stores!, timescaledb: { ...one.stores!.timescaledb, errors: { closed: 2 } } };
      const summary = summarizeClients([{ ...one, stores }], 1);
      const text = clientsText({
        ...{ environmentFile: "lab_doors.yaml", loadAverageBefore: 3, machine: { cores: 2 }, rest: [] },
        ...{ summary, aims: judgeClients(summary) },
      } as unknown as ClientsReport);
      expect(text).to.contain("2 times closed");
      expect(text).to.contain("PostgreSQL, simple, 4 clients: 2 sent, 2 without an answer");
      expect(text).to.contain("NOT MET  PostgreSQL statements without an answer: 2, aim at most 0");
      expect(text).to.contain("the machine was busy");
    });
  });

  describe("the doors at rest", () => {
    it("are compared with the direct way round by round, which of them is first going round", () => {
      expect([0, 1, 2, 3].map((round) => routesOfRound(round)[0])).to.deep.equal([
        ...["direct", "own door", "other door", "direct"],
      ]);
      const rounds = [1, 2].flatMap((round) => [
        { question: "GET" as const, route: "direct" as const, round, times: [round, round] },
        { question: "GET" as const, route: "own door" as const, round, times: [1.5, 3] },
      ]);
      const [direct, door] = restCosts(rounds);
      expect(direct).to.deep.include({ asked: 4, p50Ms: 1, ratio: { least: 1, p50: 1, most: 1 } });
      expect(door?.ratio).to.deep.equal({ least: 0.75, p50: 0.75, most: 1.5 });
      expect(restText(restCosts(rounds))[1]).to.contain("0.75 times the direct way, 0.75 to 1.50 in 2 rounds");
    });
  });
});
