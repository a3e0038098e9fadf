import { expect } from "chai";
import type { Signal } from "../../../../evidence/document";
import type { Look } from "../../../../drills/unplanned/look";
import { refusalOf } from "../../../../drills/unplanned/precheck";
import { judgeAbsence, watchForAbsence } from "../../../../drills/unplanned/signals";
import { STORE_NAMES } from "../../../../settings/services";
import { answerAfter, keepBusy } from "../../../support/busy-process";

type Gone = Readonly<Record<"operator" | "standby", Readonly<Record<"timescaledb" | "redis", boolean>>>>;

function signals(gone: Gone): Signal[] {
  return (["operator", "standby"] as const).flatMap((observer) =>
    STORE_NAMES.map((store) => ({
      observer,
      store,
      gone: gone[observer][store],
      atMs: 1,
      detail: gone[observer][store] ? "no answer" : "answers as primary",
    })),
  );
}

const ALL = [true, false];
const EVERY: Gone[] = ALL.flatMap((a) =>
  ALL.flatMap((b) =>
    ALL.flatMap((c) =>
      ALL.map((d) => ({ operator: { timescaledb: a, redis: b }, standby: { timescaledb: c, redis: d } })),
    ),
  ),
);

describe("whether the primary is gone", () => {
  it("needs both observers to say so of the same store, in all 16 cases", () => {
    for (const gone of EVERY) {
      const both = STORE_NAMES.filter((store) => gone.operator[store] && gone.standby[store]);
      const verdict = judgeAbsence("host-a", signals(gone));
      expect(verdict.verdict === "gone", JSON.stringify(gone)).to.equal(both.length > 0);
      if (verdict.verdict === "gone") expect(verdict.stores).to.deep.equal(both);
    }
  });

  it("tells a store that serves nobody, whatever the other one does, and says what it answered", () => {
    const fine = { operator: { timescaledb: false, redis: false }, standby: { timescaledb: false, redis: false } };
    const cut = { operator: { timescaledb: true, redis: true }, standby: { timescaledb: false, redis: false } };
    for (const gone of [fine, cut]) {
      const unwell = signals(gone).map((one) =>
        one.store === "timescaledb" && !one.gone ? { ...one, code: "53300", detail: "lives: 53300: no slots" } : one,
      );
      const verdict = judgeAbsence("host-a", unwell);
      expect(verdict.verdict, JSON.stringify(gone)).to.equal("unwell");
      expect(verdict).to.have.property("reason").that.includes("timescaledb serves nobody").and.includes("53300");
    }
  });

  it("takes a store that lets one of the two in for one that serves: the other has the wrong password, or the slots", () => {
    const here = { operator: { timescaledb: false, redis: false }, standby: { timescaledb: false, redis: false } };
    const one = signals(here).map((signal) => (signal.observer === "standby" ? { ...signal, code: "28P01" } : signal));
    expect(judgeAbsence("host-a", one).verdict).to.equal("present");
  });

  it("goes by the last look of each place", () => {
    const away = { operator: { timescaledb: true, redis: true }, standby: { timescaledb: true, redis: true } };
    const back = { operator: { timescaledb: false, redis: false }, standby: { timescaledb: false, redis: false } };
    expect(judgeAbsence("host-a", [...signals(away), ...signals(back)]).verdict).to.equal("present");
  });

  it("is never said of nothing: without signals nothing is gone", () => {
    expect(judgeAbsence("host-a", []).verdict).to.not.equal("gone");
  });

  it("tells a primary that serves this machine from one that only the standby reaches", () => {
    const here = { timescaledb: false, redis: false };
    const away = { timescaledb: true, redis: true };
    expect(judgeAbsence("host-a", signals({ operator: here, standby: away })).verdict).to.equal("present");
    expect(judgeAbsence("host-a", signals({ operator: away, standby: here })).verdict).to.equal("out-of-reach");
  });
});

describe("a refused unplanned drill", () => {
  const request = { fromHost: "host-a", toHost: "host-b" };
  const reason = "host-a lives";

  it("names the planned drill while the primary serves", () => {
    const refusal = refusalOf({ verdict: "present", reason }, { ...request, fence_live_primary: true });
    expect(refusal).to.include({ refused: true, next: "understudy failover --to host-b" });
  });

  it("names the words that stop a primary which only the standby reaches, and obeys them", () => {
    const refusal = refusalOf({ verdict: "out-of-reach", reason }, request);
    expect(refusal?.refused).to.equal(true);
    expect(refusal?.next).to.include("--fence-live-primary");
    expect(refusalOf({ verdict: "out-of-reach", reason }, { ...request, fence_live_primary: true })).to.equal(
      undefined,
    );
  });

  it("names the words that stop a primary which serves nobody, and obeys them", () => {
    const refusal = refusalOf({ verdict: "unwell", reason: "it answers 53300" }, request);
    expect(refusal).to.include({ refused: true });
    expect(refusal?.reason).to.include("53300");
    expect(refusal?.next).to.include("understudy failover --unplanned --to host-b --fence-live-primary --execute");
    expect(refusalOf({ verdict: "unwell", reason }, { ...request, fence_live_primary: true })).to.equal(undefined);
  });

  it("is none when the primary is gone", () => {
    expect(refusalOf({ verdict: "gone", stores: ["redis"] }, request)).to.equal(undefined);
  });
});

describe("watching for absence", () => {
  const refused: Look = { answers: false, alive: false, code: null, detail: "connection refused" };
  const recovering: Look = { answers: false, alive: true, code: "57P03", detail: "the database system is starting up" };
  const answer: Look = { answers: true, role: "primary" };

  /** Gives the looks in turn, the last one for ever. */
  function looks(...all: Look[]): () => Promise<Look> {
    let at = 0;
    return () => Promise.resolve(all[Math.min(at++, all.length - 1)]!);
  }

  it("believes a refusal only after three looks and 300 ms", async () => {
    let asked = 0;
    const began = performance.now();
    const { gone, detail } = await watchForAbsence(() => {
      asked += 1;
      return Promise.resolve(refused);
    }, 5000);
    expect([gone, detail]).to.deep.equal([true, "connection refused"]);
    expect(asked).to.be.at.least(3);
    expect(performance.now() - began).to.be.at.least(295);
  });

  it("counts those 300 ms from the first refusal, not from the first look", async () => {
    let refusedAt: number | undefined;
    const began = performance.now();
    const restarts = (): Promise<Look> => {
      if (performance.now() - began < 350) return Promise.resolve(recovering);
      refusedAt ??= performance.now();
      return Promise.resolve(refused);
    };
    expect((await watchForAbsence(restarts, 5000)).gone).to.equal(true);
    expect(performance.now() - (refusedAt ?? Infinity)).to.be.at.least(295);
  });

  it("does not wait longer than silence may last for a look that does not end by its own bound", async () => {
    const never = (): Promise<Look> => new Promise(() => undefined);
    expect(await watchForAbsence(never, 300)).to.deep.equal({ gone: true, detail: "no answer within 300 ms" });
  });

  it("takes nobody for gone whose answer came while this process was busy", async () => {
    const { answer: came, end } = answerAfter(0);
    const watched = watchForAbsence(() => came.then(() => answer), 300);
    keepBusy(1000);
    expect(await watched.finally(end)).to.deep.equal({ gone: false, detail: "answers as primary" });
  });

  it("is ended by one answer, whatever came before", async () => {
    expect(await watchForAbsence(looks(refused, refused, answer), 5000)).to.deep.include({ gone: false });
  });

  it("gives a server that lets nobody in the whole time, and takes it for alive then", async () => {
    const began = performance.now();
    expect(await watchForAbsence(looks(recovering), 700)).to.deep.equal({
      ...{ gone: false, code: "57P03", detail: "the database system is starting up" },
    });
    expect(performance.now() - began).to.be.at.least(500);
    expect(await watchForAbsence(looks(recovering, recovering, answer), 5000)).to.deep.equal({
      ...{ gone: false, detail: "answers as primary" },
    });
  });

  it("counts a silence from the last sign of life", async () => {
    const began = performance.now();
    let livedUntil = 0;
    const falls = async (limitMs: number): Promise<Look> => {
      if (performance.now() - began < 250) {
        livedUntil = performance.now();
        return recovering;
      }
      await new Promise((resolve) => setTimeout(resolve, limitMs));
      return { answers: false, alive: false, code: null, detail: `no answer within ${limitMs} ms` };
    };
    expect((await watchForAbsence(falls, 500)).gone).to.equal(true);
    expect(performance.now() - livedUntil).to.be.at.least(495);
  });

  it("takes silence for the whole time as absence, and asks with what is left of it", async () => {
    const limits: number[] = [];
    const silent = async (limitMs: number): Promise<Look> => {
      limits.push(limitMs);
      await new Promise((resolve) => setTimeout(resolve, limitMs));
      return { answers: false, alive: false, code: null, detail: `no answer within ${limitMs} ms` };
    };
    expect((await watchForAbsence(silent, 400)).gone).to.equal(true);
    expect(limits[0]).to.be.within(390, 400);
  });

  it("looks ten times a second, however long a look takes, and begins none that nothing could come of", async () => {
    let begun = 0;
    const began = performance.now();
    const slow = async (): Promise<Look> => {
      begun += 1;
      await new Promise((resolve) => setTimeout(resolve, 60));
      return recovering;
    };
    expect((await watchForAbsence(slow, 500)).gone).to.equal(false);
    // At 0, 100, 200 and 300 ms; the fifth, at 400 ms, would have less time than the shortest look gets.
    expect(begun).to.be.within(2, 4);
    expect(performance.now() - began).to.be.at.least(295);
  });
});
