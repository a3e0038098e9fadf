import { expect } from "chai";
import { clearingCommands, explainPendingOperations, pendingOperations } from "../../../drills/pending-operations";

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

  it("are explained by name, with the commands that settle them", () => {
    const lines = explainPendingOperations("standby", [{ urn: STEP, type: "creating" }]);
    expect(lines[0]).to.equal(`stack standby: pulumi was interrupted while creating ${STEP}`);
    expect(lines.at(-1)).to.equal(`next: ${clearingCommands("standby")}`);
    expect(clearingCommands("standby")).to.equal(
      "pulumi -s standby up, then pulumi -s standby refresh --clear-pending-creates",
    );
    expect(explainPendingOperations("standby", [])).to.deep.equal([]);
  });
});
