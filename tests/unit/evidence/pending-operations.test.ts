import { expect } from "chai";
import {
  explainPendingOperations,
  pendingOperations,
  withoutPendingOperations,
} from "../../../evidence/pending-operations";

const STEP =
  "urn:pulumi:standby::understudy::understudy:index:Drill$pulumi-nodejs:dynamic/understudy:DrillStep::drill-verify";

describe("the pending operations of a stack", () => {
  it("are read from its export, in order, each with its URN and what was going on", () => {
    const state = {
      version: 3,
      deployment: {
        manifest: {},
        resources: [{ urn: "urn:done" }],
        pending_operations: [
          { resource: { urn: STEP, type: "x", inputs: {} }, type: "creating" },
          { resource: { urn: "urn:b" }, type: "deleting" },
        ],
      },
    };
    expect(pendingOperations(JSON.stringify(state))).to.deep.equal([
      { urn: STEP, type: "creating" },
      { urn: "urn:b", type: "deleting" },
    ]);
  });

  for (const deployment of [null, {}, { resources: [] }, { pending_operations: null }, { pending_operations: [] }]) {
    it(`are none in ${JSON.stringify(deployment)}`, () => {
      expect(pendingOperations(JSON.stringify({ version: 3, deployment }))).to.deep.equal([]);
    });
  }

  for (const text of [
    "",
    "null",
    "[]",
    "{}",
    '{"version":3}',
    '{"version":3,"deployment":[]}',
    '{"version":3,"deployment":{"pending_operations":{}}}',
    '{"version":3,"deployment":{"pending_operations":[{"type":"creating"}]}}',
    '{"version":3,"deployment":{"pending_operations":[{"resource":{"urn":""},"type":"creating"}]}}',
  ]) {
    it(`are not known from ${JSON.stringify(text)}`, () => {
      expect(() => pendingOperations(text)).to.throw(/^what pulumi exported is /);
    });
  }

  it("are explained by name, each with what may have become of it", () => {
    const volume = "urn:pulumi:standby::understudy::docker:index/volume:Volume::data";
    const explained = explainPendingOperations("standby", [
      { urn: STEP, type: "creating" },
      { urn: "urn:pulumi:standby::understudy::a$docker:index/container:Container::b", type: "creating" },
      { urn: volume, type: "deleting" },
    ]);
    expect(explained).to.have.length(3);
    expect(explained[0]).to.match(
      new RegExp(`^stack standby: pulumi was interrupted while creating .*DrillStep.*: the hosts' journals`),
    );
    expect(explained[1]).to.include("may have it although the state does not");
    expect(explained[2]).to.equal(
      `stack standby: pulumi was interrupted while deleting ${volume}: the next up does it again`,
    );
    expect(explainPendingOperations("standby", [])).to.deep.equal([]);
  });

  it("are taken out of a state that is otherwise left as it is", () => {
    const state = {
      version: 3,
      deployment: {
        manifest: { magic: 1 },
        resources: [{ urn: "urn:done" }],
        pending_operations: [{ type: "creating" }],
      },
    };
    expect(withoutPendingOperations(state)).to.deep.equal({
      version: 3,
      deployment: { manifest: { magic: 1 }, resources: [{ urn: "urn:done" }], pending_operations: [] },
    });
    expect(pendingOperations(JSON.stringify(withoutPendingOperations(state)))).to.deep.equal([]);
  });
});
