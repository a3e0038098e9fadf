import { expect } from "chai";
import type { PlainClient } from "../../../../operator/doctor/encryption-findings";
import { plainClientChanges } from "../../../../operator/lifecycle/plain-clients";
import type { Encryption } from "../../../../settings/encryption";

const SHOP: PlainClient = { role: "shop", application: "web", address: "10.0.0.7", sessions: 4 };
const OWN: PlainClient = {
  role: "understudy_replication",
  application: "understudy_host_b",
  address: "10.0.0.2",
  sessions: 1,
};

function changes(
  declared: Encryption | undefined,
  mode: Encryption,
  plain: readonly PlainClient[] | null,
  certificates = true,
) {
  const environment = declared === undefined ? {} : { encryption: declared };
  return plainClientChanges({ name: "host-a" }, environment, certificates, { mode, plain }, "pair.yaml");
}

describe("clients of PostgreSQL that do not encrypt, before an up", () => {
  for (const mode of ["plain", "accepted", "used"] as const)
    it(`are named, and nothing is required of them, where the host is ${mode}`, () => {
      for (const declared of [undefined, "required"] as const) {
        const [change, ...more] = changes(declared, mode, [OWN, SHOP]);
        expect(more).to.deep.equal([]);
        expect(change?.words).to.include("4 of shop (web) from 10.0.0.7").and.not.include("understudy_replication");
        expect(change?.way).to.include("encryption: used in pair.yaml");
      }
    });

  it("are nobody's trouble where nothing is required, or is required already", () => {
    for (const declared of ["plain", "accepted", "used"] as const)
      expect(changes(declared, "plain", [SHOP]), declared).to.deep.equal([]);
    expect(changes("required", "required", [SHOP])).to.deep.equal([]);
    expect(changes(undefined, "plain", [SHOP], false), "a pair without certificates").to.deep.equal([]);
  });

  it("are unknown where a host cannot be asked, and sessions of ours are none", () => {
    expect(changes("required", "used", null)).to.deep.equal([]);
    expect(changes("required", "used", [OWN])).to.deep.equal([]);
    expect(plainClientChanges({ name: "host-a" }, { encryption: "required" }, true, undefined, "x")).to.deep.equal([]);
  });
});
