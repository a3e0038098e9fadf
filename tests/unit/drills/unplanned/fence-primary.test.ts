import { expect } from "chai";
import { StepFailure } from "../../../../drills/engine/step-recorder";
import { lookAgainWhenLate } from "../../../../drills/unplanned/fence-primary";
import { noUnplannedFacts } from "../../../../drills/unplanned/precheck";
import type { Eye } from "../../../../drills/unplanned/look";
import type { UnplannedRun } from "../../../../drills/unplanned/unplanned-run";
import { noFacts } from "../../../../evidence/drill-facts";
import { STORE_NAMES } from "../../../../settings/services";
import { sampleEnvironment } from "../../components/sample";

/** A run whose primary nobody listens at, seen gone at 1 s; what its standby sees now is `answer`. */
function runThatSees(answer: ReadonlyMap<string, string[]>, looked: string[]): UnplannedRun {
  const sample = sampleEnvironment(2);
  const eye: Eye = {
    ask: (asked) => {
      looked.push(asked);
      return Promise.resolve(answer);
    },
  };
  const unplanned = noUnplannedFacts();
  for (const store of STORE_NAMES) {
    for (const observer of ["operator", "standby"] as const)
      unplanned.signals.push({ observer, store, gone: true, atMs: 1000, detail: "no answer" });
  }
  return {
    environment: {
      ...sample,
      ports: { ...sample.ports, postgres: 1, redis: 1 },
      policy: { ...sample.policy, primary_gone_after_seconds: 1 },
    },
    credentials: { postgres: "p", redis: "r" },
    request: { fromHost: "host-a", toHost: "host-b" },
    old: { host: { name: "host-a", address: "127.0.0.1" } },
    eyes: { timescaledb: eye, redis: eye, host: { name: "host-b" } },
    facts: { ...noFacts(), unplanned },
  } as unknown as UnplannedRun;
}

describe("a primary that is to be fenced late", () => {
  const silent = new Map([["sign", ["silent"]]]);
  const full = new Map([
    ["sign", ["lives"]],
    ["code", ["not-let-in"]],
  ]);

  it("is not looked at again at once", async () => {
    const looked: string[] = [];
    const run = runThatSees(silent, looked);
    await lookAgainWhenLate(run, { now: () => 5000 });
    expect(looked).to.deep.equal([]);
    expect(run.facts.unplanned?.signals).to.have.length(4);
  });

  it("is looked at again after a while, and fenced when it is still gone; both looks are in the evidence", async () => {
    const looked: string[] = [];
    const run = runThatSees(silent, looked);
    await lookAgainWhenLate(run, { now: () => 60_000 });
    expect(looked.length).to.be.at.least(2);
    expect(run.facts.unplanned?.signals).to.have.length(8);
  });

  it("is left alone when it lives again", async () => {
    const run = runThatSees(new Map([["role", ["primary"]]]), []);
    const error = await lookAgainWhenLate(run, { now: () => 60_000 }).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(StepFailure);
    expect((error as StepFailure).failure).to.include({ refused: true, undone: "nothing was promoted" });
  });

  it("is gone only as far as the standby sees silence: a server that lets nobody in is alive", async () => {
    const run = runThatSees(full, []);
    const error = await lookAgainWhenLate(run, { now: () => 60_000 }).catch((thrown: unknown) => thrown);
    expect((error as StepFailure).failure.next).to.include("--fence-live-primary");
  });
});
