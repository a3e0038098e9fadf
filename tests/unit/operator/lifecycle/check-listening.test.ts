import { expect } from "chai";
import { bootWords, checkListening } from "../../../../operator/lifecycle/check-listening";
import type { HostStack } from "../../../../operator/failover/pair-stacks";
import { UserError } from "../../../../settings/user-error";
import { addressesSaid, FakeHost, fakeNamedHost } from "../../../support/fake-host";
import { temporaryFolder } from "../../../support/temporary-folder";

describe("what an up asks of every host before it touches a container", () => {
  const folder = temporaryFolder();
  let fake: FakeHost;
  const stacks = (...addresses: string[]): readonly Pick<HostStack, "host">[] =>
    addresses.map((address, at) => ({
      host: fakeNamedHost({ name: `host-${at === 0 ? "a" : "b"}`, address, replication_address: address }),
    }));

  beforeEach(async () => {
    fake = new FakeHost(folder());
    await fake.start();
    fake.says(addressesSaid(["127.0.0.1", "10.0.0.1"]));
  });

  afterEach(() => fake.stop());

  it("is whether it has what its ports are to listen on: the second host's fault stops the first one's up too", async () => {
    const thrown: unknown = await checkListening(stacks("10.0.0.1", "10.0.0.2"), () => undefined).catch(
      (error: unknown) => error,
    );
    expect(thrown).to.be.instanceOf(UserError).and.to.include({ exitCode: 3 });
    expect((thrown as UserError).message).to.match(
      /^nothing was changed\. hosts\.host-b\.address: 10\.0\.0\.2 is no address of host-b: host-b has 10\.0\.0\.1/,
    );
    expect((thrown as UserError).next).to.match(/hosts\.host-b\.listen/);
  });

  it("is told, and not refused, when its containers would stay down after a boot before its addresses are up", async () => {
    const said: string[] = [];
    await checkListening(stacks("10.0.0.1"), (words) => said.push(words));
    expect(said).to.have.length(1);
    expect(said[0]).to.match(/^host-a lacks net\.ipv4\.ip_nonlocal_bind: when it boots.*next, on host-a, as root: /);
    expect(bootWords({ host: fakeNamedHost(), listening: null, problems: [], facts: null })).to.deep.equal([]);
  });
});
