import { expect } from "chai";
import type { ApplicationsPlan } from "../../../../drills/bootstrap/applications/plan";
import { NoServers, onlyPrimary } from "../../../../drills/bootstrap/applications/on-primary";
import { judgeApplications, unreadApplications } from "../../../../operator/doctor/application-findings";
import { driftOf } from "../../../../operator/status/application-drift";

const NOTHING: ApplicationsPlan = { steps: [], conflicts: [], waiting: [], leftOver: [], byHand: [] };
const STEP = { words: "role shop: make it", in: "understudy", statements: () => [] };
const LEFT = "no longer declared: role shop owns 3 objects in shop; it is not dropped";

describe("what doctor and status say of applications", () => {
  it("is nothing where none are declared and none were made", () => {
    expect(judgeApplications(0, NOTHING)).to.deep.equal([]);
    expect(driftOf(NOTHING)).to.equal(undefined);
  });

  it("is good on a pair that does not run yet, and unknown where a host does not answer", () => {
    const open = (): never => expect.fail("nothing is opened");
    const none = { open, standby: undefined, why: "no such container", absent: true };
    const silent = { open, standby: undefined, why: "no answer within 8000 ms" };
    const failureOf = (...hosts: readonly (typeof none | typeof silent)[]): Error => {
      try {
        onlyPrimary(hosts.map((one, at) => ({ ...one, host: `host-${String(at)}` })));
        return expect.fail("there is no primary");
      } catch (error) {
        return error as Error;
      }
    };
    expect(failureOf(none, none)).to.be.instanceOf(NoServers);
    expect(unreadApplications(2, failureOf(none, none))[0]).to.include({ state: "good" });
    for (const failure of [failureOf(none, silent), failureOf(silent, silent)]) {
      expect(failure).not.to.be.instanceOf(NoServers);
      expect(unreadApplications(2, failure)[0]).to.include({ state: "unknown", fix: "understudy status" });
    }
    expect(unreadApplications(0, failureOf(none, none))).to.deep.equal([]);
  });

  it("is good where all is as declared; what was made by hand is counted", () => {
    const [finding, ...others] = judgeApplications(2, { ...NOTHING, byHand: ["a", "b", "c"] });
    expect(others).to.deep.equal([]);
    expect(finding).to.include({ check: "applications", state: "good" });
    expect(finding?.detail).to.match(/^2 declared, .*; made by hand: 3 that may log in$/);
    expect(judgeApplications(0, { ...NOTHING, byHand: ["a"] })[0]).to.include({ state: "good" });
    expect(driftOf({ ...NOTHING, byHand: ["a"] })).to.equal(undefined);
  });

  it("names each thing that is missing, in conflict, waits or is no longer declared", () => {
    const plan = { ...NOTHING, steps: [STEP], conflicts: ["a database"], waiting: ["a schema"], leftOver: [LEFT] };
    const findings = judgeApplications(1, plan);
    expect(findings.map(({ state, detail, fix }) => [state, detail, fix])).to.deep.equal([
      ["problem", "a database", "understudy up"],
      ["problem", "not made yet: role shop: make it", "understudy up --execute"],
      ["problem", "a schema", "make the schema, then understudy up --execute"],
      ["problem", LEFT, "declare it, or take it away by hand: docs/design/accounts.md says how"],
    ]);
    expect(driftOf(plan)).to.deep.equal({
      missing: ["a database", "not made yet: role shop: make it", "a schema"],
      leftOver: [LEFT],
    });
  });

  it("has what was removed from the environment file altogether", () => {
    expect(judgeApplications(0, { ...NOTHING, leftOver: [LEFT] })).to.have.length(1);
  });
});
