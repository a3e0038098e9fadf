import { expect } from "chai";
import { declaredBy, type Declared } from "./mocked-engine";
import { Host } from "../../../components/service-args";
import { viewFrom } from "../../../settings/pair";
import { sampleEnvironment } from "./sample";

async function declareHost(self: string): Promise<readonly Declared[]> {
  return declaredBy(() => {
    const host = new Host("here", { self: viewFrom(sampleEnvironment(2), self).self });
    return [host, host.provider, host.network];
  });
}

describe("Host", () => {
  it("declares an engine over ssh and a network on that engine, as its children", async () => {
    const all = await declareHost("host-a");
    const [component, engine, network] = all as [Declared, Declared, Declared];
    expect(all.map((one) => [one.type, one.name])).to.deep.equal([
      ["understudy:index:Host", "here"],
      ["pulumi:providers:docker", "here-engine"],
      ["docker:index/network:Network", "here-network"],
    ]);
    expect([engine.parent, network.parent]).to.deep.equal([component.urn, component.urn]);
    expect(engine.inputs["host"]).to.equal("ssh://deploy@a.example:22");
    expect(network.inputs).to.deep.equal({ name: "understudy", driver: "bridge" });
    expect(network.provider).to.contain("pulumi:providers:docker::here-engine");
    expect(network.deleteBeforeReplace).to.equal(true);
  });

  it("uses the host's ssh configuration when there is one", async () => {
    const engine = (await declareHost("host-a"))[1] as Declared;
    expect(JSON.parse(engine.inputs["sshOpts"] as string)).to.deep.equal(["-F", "/etc/understudy/ssh"]);
  });

  it("leaves ssh to its own configuration when there is none", async () => {
    const engine = (await declareHost("host-b"))[1] as Declared;
    expect(engine.inputs).to.not.have.property("sshOpts");
  });
});
