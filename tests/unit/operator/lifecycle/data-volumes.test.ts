import { expect } from "chai";
import { dataVolumes, unprotected } from "../../../../operator/lifecycle/data-volumes";

const STATE = {
  deployment: {
    manifest: { version: "v3" },
    resources: [
      { urn: "urn:a", type: "docker:index/volume:Volume", protect: true, outputs: { name: "understudy-redis-data" } },
      { urn: "urn:b", type: "docker:index/container:Container", outputs: { name: "understudy-redis" } },
      { urn: "urn:d", type: "docker:index/volume:Volume", outputs: { name: "understudy-redis-files" } },
      { urn: "urn:c", type: "docker:index/volume:Volume", outputs: { name: "understudy-loki-data" } },
    ],
  },
};

describe("a stack's data volumes", () => {
  it("are the volumes of data in its state by name: passwords and settings go with the stack", () => {
    expect(dataVolumes(STATE)).to.deep.equal(["understudy-redis-data", "understudy-loki-data"]);
  });

  it("are none in a state that was never used", () => {
    expect(dataVolumes({ deployment: null })).to.deep.equal([]);
    expect(dataVolumes({ deployment: { manifest: {} } })).to.deep.equal([]);
  });

  it("lose their protection, and the state nothing else", () => {
    const resources = STATE.deployment.resources.map((one) => ({ ...one, protect: false }));
    expect(unprotected(STATE)).to.deep.equal({ deployment: { ...STATE.deployment, resources } });
  });
});
