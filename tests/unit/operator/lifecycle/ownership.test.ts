import { expect } from "chai";
import { containersInState, refuseOthers, type HostHoldings } from "../../../../operator/lifecycle/ownership";
import { namedHosts } from "../../../../settings/pair";
import type { StoreName } from "../../../../settings/services";
import { sampleEnvironment } from "../../components/sample";

const environment = sampleEnvironment(2);
const [hostA, hostB] = namedHosts(environment);
const REDIS = "understudy-redis";

/** A host with one container of `owner`, `ENVIRONMENT/HOST`. */
function holding(host: typeof hostA, owner: string | undefined, known: readonly string[] = []): HostHoldings {
  const [theirs, of] = owner?.split("/") ?? [];
  const made = { listen: "", ports: "", environment: theirs, host: of };
  return { host: host!, containers: new Map(owner === undefined ? [] : [[REDIS, made]]), known, strangeData: [] };
}
const strange = (host: typeof hostA, ...strangeData: readonly StoreName[]): HostHoldings => ({
  ...holding(host, undefined),
  strangeData,
});
const own = `${environment.name}/${hostA?.name ?? ""}`;

describe("an up on hosts that are not empty", () => {
  it("goes on with new hosts, with its own containers, and with an environment that was given another name", () => {
    for (const one of [
      holding(hostA, undefined),
      holding(hostA, own, [REDIS]),
      holding(hostA, "before/host-a", [REDIS]),
    ])
      expect(refuseOthers(environment, [one, holding(hostB, undefined)], {}, undefined)).to.equal(undefined);
  });

  it("refuses another environment's host by its field, and one machine for both hosts", () => {
    for (const owner of ["other/host-a", `${environment.name}/${hostB?.name ?? ""}`]) {
      const refusal = refuseOthers(environment, [holding(hostA, owner)], { redis: "12345678" }, undefined);
      expect(refusal).to.include({ exitCode: 3 });
      expect(refusal?.message).to.equal(
        `nothing was changed. hosts.host-a.docker: on that machine run 1 containers of ${owner}, such as understudy-redis: two environments do not fit on one host`,
      );
    }
  });

  it("refuses containers of its own name that its stack knows nothing of: a copy of the folder, or a lost state", () => {
    const refusal = refuseOthers(environment, [holding(hostA, own)], {}, undefined);
    expect(refusal?.message).to.include("knows none of them: they are another folder's, or the state is lost");
    expect(refuseOthers(environment, [holding(hostA, own, ["understudy-loki"])], {}, undefined)).to.equal(undefined);
  });

  it("refuses data that its stacks know nothing of, unless they are noted as the pair's or the words name every host", () => {
    const both = [strange(hostA, "redis", "timescaledb"), strange(hostB, "redis")];
    const words = `${environment.name}/host-a ${environment.name}/host-b`;
    const refusal = refuseOthers(environment, both, {}, undefined);
    expect(refusal).to.include({ exitCode: 3 });
    expect(refusal?.message)
      .to.include("host-a has data in understudy-redis-data and understudy-timescaledb-data; host-b has data in")
      .and.include("which these stacks know nothing of");
    expect(refusal?.next).to.include(`understudy up --take-over-data "${words}"`);
    expect(refuseOthers(environment, both, {}, ` ${words} `)).to.equal(undefined);
    for (const other of ["host-a host-b", `${environment.name}/host-a`, ""])
      expect(refuseOthers(environment, both, {}, other), other).to.not.equal(undefined);
    expect(refuseOthers(environment, both, { redis: "12345678", timescaledb: "7" }, undefined)).to.equal(undefined);
    expect(refuseOthers(environment, both, { redis: "12345678" }, undefined)?.message).to.not.include("host-b");
  });
});

describe("the containers in a stack's state", () => {
  it("are told by their names; a state without resources has none", () => {
    const container = { type: "docker:index/container:Container", outputs: { name: REDIS } };
    const volume = { type: "docker:index/volume:Volume", outputs: { name: "understudy-redis-data" } };
    expect(containersInState({ deployment: { resources: [container, volume, { type: "x" }] } })).to.deep.equal([REDIS]);
    expect(containersInState({ deployment: {} })).to.deep.equal([]);
  });
});
