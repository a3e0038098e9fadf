import { expect } from "chai";
import { gossipFlags } from "../../../components/alertmanager";
import { viewFrom } from "../../../settings/pair";
import { sampleEnvironment } from "./sample";

describe("gossipFlags", () => {
  const pair = sampleEnvironment(2);

  it("announces the host's own address and joins the peer's", () => {
    expect(gossipFlags(pair, viewFrom(pair, "host-b"))).to.deep.equal([
      "--cluster.listen-address=0.0.0.0:9094",
      "--cluster.advertise-address=203.0.113.2:19094",
      "--cluster.peer=203.0.113.1:19094",
      "--cluster.pushpull-interval=10s",
    ]);
  });

  it("makes no cluster for a host that stands alone", () => {
    const alone = sampleEnvironment(1);
    expect(gossipFlags(alone, viewFrom(alone, "host-a"))).to.deep.equal(["--cluster.listen-address="]);
  });

  it("refuses a name, and says which host has it", () => {
    const { self, peer } = viewFrom(pair, "host-a");
    if (peer === undefined) {
      throw new Error("the sample has no peer");
    }
    const named = { self, peer: { ...peer, replication_address: "b.internal" } };
    expect(() => gossipFlags(pair, named)).to.throw(/hosts\.host-b\.replication_address is "b\.internal".*next:/);
  });
});
