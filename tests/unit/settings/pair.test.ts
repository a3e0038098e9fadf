import { expect } from "chai";
import { namedHosts, viewFrom } from "../../../settings/pair";
import { sampleEnvironment } from "../components/sample";

describe("the pair", () => {
  it("is listed in the order of the file, each host with its name", () => {
    const hosts = namedHosts(sampleEnvironment(2));
    expect(hosts.map((one) => [one.name, one.stack])).to.deep.equal([
      ["host-a", "primary"],
      ["host-b", "standby"],
    ]);
  });

  it("looks different from each side: self and peer change places", () => {
    const environment = sampleEnvironment(2);
    for (const [self, peer] of [
      ["host-a", "host-b"],
      ["host-b", "host-a"],
    ] as const) {
      const view = viewFrom(environment, self);
      expect([view.self.name, view.peer?.name]).to.deep.equal([self, peer]);
    }
  });

  it("has no peer where there is one host", () => {
    expect(viewFrom(sampleEnvironment(1), "host-a").peer).to.equal(undefined);
  });

  it("names the hosts there are when asked for another", () => {
    expect(() => viewFrom(sampleEnvironment(2), "host-c")).to.throw(
      'unknown host "host-c": the environment has host-a, host-b',
    );
  });
});
