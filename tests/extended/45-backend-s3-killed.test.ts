import { expect } from "chai";
import { firstComplaint } from "../../operator/failover/pair-stacks";
import { pairInS3 } from "../support/pair-in-s3";
import { killOnce } from "../support/pair-of-stacks";
import { WAITS } from "../support/waiting-program";

const LOCKS = ".pulumi/locks/";
const STATE = ".pulumi/stacks/understudy/standby.json";

/** Against an S3 server that the tool chain builds, gofakes3: not the service, and not every server that speaks S3. It needs no lab. */
describe("a pair whose states are in S3, and whose engine is killed", function () {
  this.timeout(120_000);
  this.slow(60_000);
  const { pair, s3, verb } = pairInS3();

  before(() => pair().scratch.must("up", "--yes", "--skip-preview", "-s", "standby"));

  /** Kills an engine while it makes a resource of the standby's stack. */
  async function killInTheMiddle(): Promise<void> {
    await pair().scratch.must("config", "set", "-s", "standby", "understudy:waits", "true");
    const engine = pair().scratch.start("up", "--yes", "--skip-preview", "-s", "standby");
    await killOnce(engine, async () => (await s3().text(STATE)).includes(`::${WAITS}"`));
  }

  it("is left by a killed engine with a lock and an operation that did not end: both verbs name it, settle takes both away", async () => {
    await killInTheMiddle();
    expect(await s3().keys(LOCKS)).to.have.length(1);
    const { all } = await pair().scratch.pulumi("up", "--yes", "--skip-preview", "-s", "standby");
    expect(firstComplaint(new Error(all)), "an engine that meets a lock names it").to.match(
      /locked by 1 lock.* created by \S+@\S+ \(pid \d+\) at 20/,
    );
    const shown = await verb("settle");
    expect(shown.out)
      .to.match(/stack standby of host-b: not cleared\n/)
      .and.match(/ {2}pending .*::waits/);
    expect(shown.code).to.equal(1);
    expect((await verb("doctor")).out).to.match(/PROBLEM +state of standby +interrupted while creating .*::waits/);
    const cleared = await verb("settle", "--execute", "--engines-have-ended");
    expect(cleared.out, cleared.err.join("\n")).to.match(/stack standby of host-b: cleared\n {2}locked {3}no longer/);
    expect(cleared.code).to.equal(0);
    expect(await s3().keys(LOCKS)).to.deep.equal([]);
    await pair().scratch.must("config", "rm", "-s", "standby", "understudy:waits");
    await pair().scratch.must("up", "--yes", "--skip-preview", "-s", "standby");
    expect((await verb("settle")).out).not.to.include("pending");
  });
});
