import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { loadOfTurn } from "../../../../../lab/bench/clients/client-loads";
import type { ClientsTurn, StoreTurn } from "../../../../../lab/bench/clients/turn-record";
import type { RunHead } from "../../../../../lab/bench/report";
import {
  acknowledgedIn,
  beginSoak,
  expectedRows,
  isUnfinished,
  readSoak,
  soakReport,
  soakText,
  type SoakReport,
} from "../../../../../lab/bench/soak/soak-report";
import { recordWithoutEvidence } from "../../../../../lab/bench/swap-record";
import { temporaryFolder } from "../../../../support/temporary-folder";

const HEAD = { version: 1, startedAt: "2026-12-01T00:00:00.000Z", machine: { cores: 2 } } as unknown as RunHead;

function turn(number: number, acknowledged: number | null): ClientsTurn {
  const events = (all: number): StoreTurn["events"] => ({
    acknowledged: all,
    lost: 0,
    duplicated: 0,
    unacknowledged: 1,
  });
  const store = (all: number): StoreTurn => ({
    ...{ sent: all, answered: all, errors: {}, resent: 0, events: events(all) },
    ...{ windowMs: { statements: 1, p50: 1, p99: 2, max: 3 }, windowDueMs: null, outsideMs: null },
  });
  const unknown = { acknowledged, lost: 0, duplicated: 0, phantom: 0 };
  return {
    ...{ turn: number, load: loadOfTurn(number), rate: 500, paceMs: 20, notMeasured: null },
    stores: acknowledged === null ? null : { timescaledb: store(acknowledged), redis: store(10) },
    swap: {
      ...recordWithoutEvidence(`d-${number}`, ""),
      failure: null,
      events: { timescaledb: unknown, redis: unknown },
    },
  };
}

function soak(asked: number, turns: readonly ClientsTurn[], numbers?: number): SoakReport {
  const final = numbers === undefined ? null : { rows: numbers, numbers, expected: expectedRows(turns) };
  const commands = [{ startedAt: HEAD.startedAt, after: 0 }];
  return soakReport(HEAD, { environmentFile: "doors.yaml", asked, commands }, turns, final);
}

const code = (work: () => unknown): number => {
  try {
    work();
  } catch (error) {
    return (error as { readonly exitCode: number }).exitCode;
  }
  return 0;
};

describe("bench soak", () => {
  const folder = temporaryFolder();

  it("counts what the probe and the clients of both stores were told was done", () => {
    expect(acknowledgedIn([turn(1, 100), turn(2, 50)])).to.deep.equal({ sum: 3 * 100 + 10 + 3 * 50 + 10, unknown: 0 });
    expect(acknowledgedIn([turn(1, null)]).unknown).to.equal(4);
  });

  it("wants every row of every switchover to be there at the end", () => {
    const turns = [turn(1, 500_000), turn(2, 500_000)];
    expect(expectedRows(turns)).to.equal(1_000_002);
    const verdicts = (report: SoakReport): Readonly<Record<string, string>> =>
      Object.fromEntries(report.aims.map(({ name, verdict }) => [name, verdict]));
    expect(new Set(Object.values(verdicts(soak(2, turns, 1_000_002))))).to.deep.equal(new Set(["met"]));
    expect(verdicts(soak(2, turns, 1_000_001))["rows missing at the end, or twice there"]).to.equal("not met");
    expect(verdicts(soak(2, turns))["rows missing at the end, or twice there"]).to.equal("unknown");
    expect(verdicts(soak(1, [turn(1, 5)], 6))["events short of a million"]).to.equal("not met");
    expect(expectedRows([turn(1, 5), turn(2, null)])).to.equal(null);
  });

  it("goes on where it was stopped, and with nothing else", () => {
    const [begun, whole] = [soak(2, [turn(1, 5)]), soak(1, [turn(1, 5)], 6)];
    const wanted = { resume: true, environmentFile: "doors.yaml", count: undefined };
    expect([isUnfinished(begun), isUnfinished(whole)]).to.deep.equal([true, false]);
    expect(beginSoak("f", begun, wanted)).to.equal(begun);
    expect(code(() => beginSoak("f", undefined, wanted))).to.equal(2);
    expect(code(() => beginSoak("f", whole, wanted))).to.equal(2);
    expect(code(() => beginSoak("f", begun, { ...wanted, environmentFile: "other.yaml" }))).to.equal(2);
    expect(code(() => beginSoak("f", begun, { ...wanted, count: 3 }))).to.equal(2);
  });

  it("overwrites none that was stopped", () => {
    const wanted = { resume: false, environmentFile: "doors.yaml", count: 300 };
    expect(() => beginSoak("f.json", soak(2, [turn(1, 5)]), wanted)).to.throw("stopped after 1 of 2 switchovers");
    expect(beginSoak("f.json", soak(1, [turn(1, 5)], 6), wanted)).to.equal(undefined);
    expect(beginSoak("f.json", undefined, wanted)).to.equal(undefined);
  });

  it("is read back as it was written, and nothing else is taken for one", () => {
    const file = path.join(folder(), "soak.json");
    expect(readSoak(file)).to.equal(undefined);
    const report = soak(2, [turn(1, 5)]);
    writeFileSync(file, JSON.stringify(report));
    expect(readSoak(file)).to.deep.equal(JSON.parse(JSON.stringify(report)));
    writeFileSync(file, "{");
    expect(code(() => readSoak(file))).to.equal(2);
  });

  it("says whether it is at its end", () => {
    expect(soakText(soak(2, [turn(1, 5)]))).to.contain("not at its end: go on with --resume");
    expect(soakText(soak(1, [turn(1, 5)], 6))).to.contain("at the end: 6 of 6 rows");
  });
});
