import { expect } from "chai";
import { failedAmong } from "../../../../operator/failover/before-up";
import { contradictions } from "../../../../operator/failover/follow-facts";
import { goneAmong } from "../../../../operator/failover/gone-resources";
import { resourcesOf } from "../../../../operator/failover/stack-state";
import type { Role } from "../../../../settings/pair";
import { topologyOf, topologyOfRoles } from "../../drills/topologies";

type Seen = Role | "silent";

describe("a declaration that the stores contradict", () => {
  const found = (declaredA: Role, declaredB: Role, a: Seen, b: Seen): readonly string[] =>
    contradictions({ "host-a": declaredA, "host-b": declaredB }, topologyOfRoles({ "host-a": a, "host-b": b })).map(
      ({ host, declared, fact }) => `${host} ${declared} is ${fact}`,
    );

  it("is none where both agree, and where nobody answers", () => {
    expect(found("primary", "standby", "primary", "standby")).to.deep.equal([]);
    expect(found("primary", "standby", "silent", "silent")).to.deep.equal([]);
  });

  it("is what a failed drill leaves: the promoted host is primary, or the one that was to be promoted is still standby", () => {
    expect(found("primary", "primary", "standby", "primary")).to.deep.equal(["host-a primary is standby"]);
    expect(found("primary", "primary", "primary", "standby")).to.deep.equal(["host-b primary is standby"]);
    expect(found("primary", "standby", "standby", "primary")).to.deep.equal([
      "host-a primary is standby",
      "host-b standby is primary",
    ]);
  });

  it("is certain of a standby whose primary is silent, and of a primary whose peer is declared standby", () => {
    expect(found("primary", "primary", "silent", "standby")).to.deep.equal(["host-b primary is standby"]);
    expect(found("standby", "standby", "silent", "primary")).to.deep.equal(["host-b standby is primary"]);
  });

  it("is left alone where the fact is not certain: two primaries, a silent one that is declared primary, stores that differ", () => {
    expect(found("primary", "standby", "primary", "primary")).to.deep.equal([]);
    expect(found("primary", "standby", "silent", "primary")).to.deep.equal([]);
    const mixed = topologyOf({ "host-a": ["standby", "primary"], "host-b": ["primary", "standby"] });
    expect(contradictions({ "host-a": "primary", "host-b": "standby" }, mixed)).to.deep.equal([]);
  });
});

const VOLUME = "docker:index/volume:Volume";
const FILES = "pulumi-nodejs:dynamic/understudy:HostFiles";

describe("what a host no longer has", () => {
  const resources = resourcesOf({
    deployment: {
      resources: [
        { urn: "a::b::redis-container", type: "docker:index/container:Container", id: "c1", outputs: {} },
        { urn: "a::b::loki-container", type: "docker:index/container:Container", id: "c2", outputs: {} },
        { urn: "a::b::host-network", type: "docker:index/network:Network", id: "n1", outputs: {} },
        {
          urn: "a::b::redis-image",
          type: "docker:index/remoteImage:RemoteImage",
          id: "sha256:1redis",
          outputs: { imageId: "sha256:1" },
        },
        { urn: "a::b::loki-image", type: "docker:index/remoteImage:RemoteImage", id: "unknown", outputs: {} },
        { urn: "a::b::half-made", type: "docker:index/container:Container", outputs: {} },
        { urn: "a::b::redis-data", type: VOLUME, id: "v1", outputs: { name: "understudy-redis-data" } },
        { urn: "a::b::redis-files-volume", type: VOLUME, id: "v2", outputs: { name: "understudy-redis-files" } },
        { urn: "a::b::redis-files", type: FILES, id: "host-a.redis.files", outputs: { service: "redis" } },
        { urn: "a::b::bootstrap", type: "pulumi-nodejs:dynamic/understudy:StoreBootstrap", id: "host-a.stores" },
      ],
    },
  });
  const gone = (
    containers: string[],
    networks: string[],
    images: string[],
    volumes: string[],
    files = volumes.length === 0 ? [] : ["redis"],
  ): readonly string[] =>
    goneAmong(resources, {
      containers: new Set(containers),
      networks: new Set(networks),
      images: new Set(images),
      volumes: new Set(volumes),
      files: new Set(files),
    }).map(({ name }) => name);

  const FILES_VOLUME = ["understudy-redis-files"];

  it("are containers, networks and images by their ids, and never a volume of data", () => {
    expect(gone(["c1", "c2", "other"], ["n1"], ["sha256:1"], FILES_VOLUME)).to.deep.equal([]);
    expect(gone(["c2"], ["n1"], ["sha256:1"], FILES_VOLUME)).to.deep.equal(["redis-container"]);
    const all = ["redis-container", "loki-container", "host-network", "redis-image"];
    expect(gone([], [], [], FILES_VOLUME)).to.deep.equal(all);
  });

  it("are a volume of passwords and settings, with what fills it", () => {
    const others = [["c1", "c2"], ["n1"], ["sha256:1"]] as const;
    const without = gone([...others[0]], [...others[1]], [...others[2]], ["understudy-redis-data"], []);
    expect(without).to.deep.equal(["redis-files-volume", "redis-files"]);
    const torn = gone([...others[0]], [...others[1]], [...others[2]], FILES_VOLUME, []);
    expect(torn, "a volume without its link").to.deep.equal(["redis-files"]);
  });
});

describe("a drill that is over and failed", () => {
  const stateOf = (evidence: unknown): ReturnType<typeof resourcesOf> =>
    resourcesOf({ deployment: { resources: [{ urn: "a::s", type: "pulumi:pulumi:Stack", outputs: { evidence } }] } });

  it("is one whose own evidence says so, and no other", () => {
    const document = (id: string, success: boolean): unknown => ({ document: { drill: { id }, success } });
    expect(failedAmong(stateOf(document("d-1", false)), "d-1")).to.equal("d-1");
    expect(failedAmong(stateOf(document("d-1", true)), "d-1")).to.equal(undefined);
    expect(failedAmong(stateOf(document("d-0", false)), "d-1")).to.equal(undefined);
    expect(failedAmong(stateOf(undefined), "d-1")).to.equal(undefined);
    expect(failedAmong([], "d-1")).to.equal(undefined);
  });
});
