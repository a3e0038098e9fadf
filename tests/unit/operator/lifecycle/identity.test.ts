import { expect } from "chai";
import { parse } from "yaml";
import {
  type HostData,
  refuseLostData,
  refuseOtherCluster,
  withIdentity,
} from "../../../../operator/lifecycle/identity";
import { identityText, parseIdentity } from "../../../../settings/pair-identity";
import { namedHosts, type Role } from "../../../../settings/pair";
import type { StoreName } from "../../../../settings/services";
import { sampleEnvironment } from "../../components/sample";
import { topologyOfRoles } from "../../drills/topologies";

const [hostA, hostB] = namedHosts(sampleEnvironment(2));
const IDENTITY = { timescaledb: "7300123456789012345", redis: "0f3c8a52-9d3e-4a55-b1a0-97f0a2a1f6de" };
const ENVIRONMENT = { name: "sample" };
const BOTH: readonly StoreName[] = ["timescaledb", "redis"];

const data = (
  a: { role: Role; gone?: readonly StoreName[]; absent?: readonly StoreName[] },
  b: { role: Role; gone?: readonly StoreName[]; absent?: readonly StoreName[] },
): readonly HostData[] =>
  [
    { host: hostA!, ...a },
    { host: hostB!, ...b },
  ].map(({ gone = [], absent = gone, ...one }) => ({ ...one, gone, absent }));

describe("an identity in a stack's config", () => {
  it("is read back as it was written, and no reader of YAML takes it for a number", () => {
    for (const one of [IDENTITY, { timescaledb: IDENTITY.timescaledb }, { redis: "12345678" }]) {
      const text = withIdentity("config:\n  understudy:role: primary # kept\n", one);
      expect(text).to.include("# kept");
      const read = (parse(text, { version: "1.1" }) as { config: Record<string, unknown> }).config[
        "understudy:identity"
      ];
      expect(read).to.equal(identityText(one));
      expect(parseIdentity(String(read))).to.deep.equal(one);
      expect(withIdentity(text, one)).to.equal(text);
      expect(withIdentity(text, {})).to.not.include("identity");
    }
  });

  it("is none where the text is another", () => {
    for (const text of ["", "7300", "redis", "redis ../..", "timescaledb x"])
      expect(parseIdentity(text), text).to.equal(undefined);
  });
});

describe("an up of a pair that has had data", () => {
  it("goes on with whole hosts, with a standby that lost its data, and with new hosts", () => {
    const standbyLost = data({ role: "primary" }, { role: "standby", gone: BOTH });
    for (const one of [data({ role: "primary" }, { role: "standby" }), standbyLost])
      expect(refuseLostData(ENVIRONMENT, one, IDENTITY, undefined)).to.equal(undefined);
    const fresh = data({ role: "primary", absent: BOTH }, { role: "standby", absent: BOTH });
    expect(refuseLostData(ENVIRONMENT, fresh, {}, undefined)).to.equal(undefined);
  });

  for (const [what, lost, noted] of [
    ["both volumes, and nobody has noted whose they are", { gone: BOTH }, {}],
    ["one volume", { gone: ["redis"] }, IDENTITY],
    ["both, and the state with them", { absent: BOTH }, IDENTITY],
  ] as const) {
    it(`refuses a primary that lost ${what}, and names the ways back`, () => {
      const refusal = refuseLostData(
        ENVIRONMENT,
        data({ role: "primary", ...lost }, { role: "standby" }),
        noted,
        undefined,
      );
      expect(refusal).to.include({ exitCode: 3 });
      expect(refusal?.message).to.match(/^host-a is declared primary and has lost the data of .*redis/);
      expect(refusal?.next)
        .to.include("understudy failover --unplanned --to host-b --execute")
        .and.include("understudy backup restore --host host-a")
        .and.include("understudy up --begin-anew sample/host-a --execute");
    });
  }

  it("goes on by the operator's word, for the host that it names only", () => {
    const lost = data({ role: "primary", gone: BOTH }, { role: "standby" });
    expect(refuseLostData(ENVIRONMENT, lost, IDENTITY, "host-a")).to.equal(undefined);
    expect(refuseLostData(ENVIRONMENT, lost, IDENTITY, "host-b")).to.include({ exitCode: 3 });
  });

  it("refuses a host that stands alone without the other's way", () => {
    const refusal = refuseLostData(
      ENVIRONMENT,
      [{ host: hostA!, role: "primary", gone: BOTH, absent: BOTH }],
      {},
      undefined,
    );
    expect(refusal?.next).to.not.include("failover");
  });

  it("refuses two hosts with different clusters, and no others", () => {
    const topology = topologyOfRoles({ "host-a": "primary", "host-b": "standby" });
    expect(refuseOtherCluster(topology)).to.equal(undefined);
    const hosts = topology.hosts.map((one, at) => ({
      ...one,
      timescaledb: { ...one.timescaledb, detail: { systemIdentifier: String(7300 + at) } } as typeof one.timescaledb,
    }));
    const refusal = refuseOtherCluster({ ...topology, hosts });
    expect(refusal).to.include({ exitCode: 3 });
    expect(refusal?.message).to.include("7300").and.to.include("7301");
  });
});
