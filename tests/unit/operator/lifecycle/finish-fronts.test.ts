import { expect } from "chai";
import type { HostStack } from "../../../../operator/failover/pair-stacks";
import { stillPlain, withRound, type Round } from "../../../../operator/lifecycle/finish-fronts";
import type { Environment } from "../../../../settings/environment";
import { LABELS } from "../../../../settings/names";
import { FakeHost, fakeNamedHost } from "../../../support/fake-host";
import { temporaryFolder } from "../../../support/temporary-folder";

describe("a pair whose plain HTTP is to end", () => {
  const folder = temporaryFolder();
  let fake: FakeHost;

  beforeEach(async () => {
    fake = new FakeHost(folder());
    await fake.start();
  });
  afterEach(() => fake.stop());

  const stack = (certificates: boolean): HostStack =>
    ({
      host: fakeNamedHost(),
      stack: {
        getAllConfig: () =>
          Promise.resolve(certificates ? { "understudy:certificates": { value: "[secret]", secret: true } } : {}),
      },
    }) as unknown as HostStack;
  const prometheus = (ports: string): void => {
    fake.containers = [{ name: "understudy-prometheus", labels: { [LABELS.ports]: ports } }];
  };

  it("is each host with certificates whose services still listen on its addresses", async () => {
    prometheus("9090:9090/tcp");
    expect(await stillPlain([stack(true), stack(false)], {} as Environment)).to.have.length(1);
    prometheus("9090:9090/tcp@127.0.0.1");
    expect(await stillPlain([stack(true), stack(true)], {} as Environment)).to.deep.equal([]);
  });

  it("is none where the environment file says that nothing encrypts", async () => {
    prometheus("9090:9090/tcp");
    expect(await stillPlain([stack(true), stack(true)], { encryption: "plain" } as Environment)).to.deep.equal([]);
  });

  it("is none of a host that stands alone, and nothing is said of one that does not answer", async () => {
    prometheus("9090:9090/tcp");
    expect(await stillPlain([stack(true)], {} as Environment)).to.deep.equal([]);
    fake.stop();
    expect(await stillPlain([stack(true), stack(false)], {} as Environment)).to.deep.equal([]);
    await fake.start();
  });

  it("tells of two runs of a stack as of one", () => {
    const [a, b] = [
      { stack: "primary", changes: { create: 3, same: 40 }, failure: null },
      { stack: "standby", changes: { same: 43 }, failure: null },
    ];
    const more = { stack: "primary", changes: { replace: 6, update: 1, same: 36 }, failure: null };
    expect(withRound<Round>([a, b], more)).to.deep.equal([
      { stack: "primary", changes: { create: 3, same: 36, replace: 6, update: 1 }, failure: null },
      b,
    ]);
    expect(withRound<Round>([a, b], { stack: "standby", changes: {} })[1]?.changes).to.deep.equal({ same: 0 });
  });
});
