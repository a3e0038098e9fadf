import { expect } from "chai";
import type { StepInput, StepReturn } from "../../../../drills/engine/drill-run";
import { runStep } from "../../../../drills/engine/run-step";
import { openOfItsKind } from "../../../../drills/step-entry";
import type { DrillRequest } from "../../../../evidence/drill-request";
import { noFacts } from "../../../../evidence/drill-facts";
import { STEP_NAMES } from "../../../../settings/steps";

const SECRET = "never-to-be-seen";
const REQUEST: DrillRequest = {
  id: "d-1",
  mode: "execute",
  kind: "planned",
  nonce: "",
  environmentFile: "no/such/environment.yaml",
  fromHost: "host-a",
  toHost: "host-b",
};

function run(input: Partial<StepInput>): Promise<StepReturn> {
  const credentials = { postgres: SECRET, replication: SECRET, redis: SECRET, grafana: SECRET, backup: SECRET };
  return runStep({ step: "precheck", request: REQUEST, previous: null, credentials, ...input }, openOfItsKind);
}

describe("a step that cannot begin", () => {
  it("is a failed result with its reason and the next command, not an exception", async () => {
    const { result, facts, originNs } = await run({});
    expect(result).to.include({ step: "precheck", drillId: "d-1", status: "failed" });
    expect(result.failure?.reason).to.match(/^no\/such\/environment\.yaml cannot be read: ENOENT/);
    expect(result.failure?.next).to.equal("correct no/such/environment.yaml");
    expect(facts).to.deep.equal(noFacts());
    expect(originNs).to.match(/^\d+$/);
  });

  it("names the hosts there are when the request names another, before any host is asked", async () => {
    const environmentFile = "configs/deploy/environments/single_host.yaml";
    const { result } = await run({ request: { ...REQUEST, id: "d-2", environmentFile } });
    expect(result.status).to.equal("failed");
    expect(result.failure?.reason).to.include('unknown host "host-b": the environment has host-a');
  });

  it("keeps no password in what it returns", async () => {
    expect(JSON.stringify(await run({}))).to.not.include(SECRET);
  });
});

describe("a step after another one", () => {
  it("is skipped when the drill does not go on, and touches nothing", async () => {
    for (const kind of ["planned", "unplanned"] as const) {
      for (const step of STEP_NAMES.slice(1)) {
        const request = { ...REQUEST, kind };
        const { result, originNs, goesOn } = await run({
          step,
          request,
          previous: { goesOn: false, originNs: "1000" },
        });
        expect([result.step, result.status, result.failure]).to.deep.equal([step, "skipped", null]);
        expect([originNs, goesOn], "the drill's clock goes on, the drill does not").to.deep.equal(["1000", false]);
      }
    }
  });

  it("is tried when the drill goes on, on that one's clock", async () => {
    const origin = (process.hrtime.bigint() - 5_000_000_000n).toString();
    const { result, originNs } = await run({ step: "verify", previous: { goesOn: true, originNs: origin } });
    expect(result.status).to.equal("failed");
    expect(originNs).to.equal(origin);
    expect(result.startedAtMs).to.be.within(5000, 10_000);
  });
});
