import { expect } from "chai";
import path from "node:path";
import { firstComplaint } from "../../operator/failover/pair-stacks";
import { setVariables } from "../support/in-shell";
import { killOnce, PairOfStacks } from "../support/pair-of-stacks";
import { S3StandIn } from "../support/s3-stand-in";
import { temporaryFolder } from "../support/temporary-folder";
import { toolsOnPath } from "../support/tools-on-path";
import { understudy, type CommandRun } from "../support/understudy-command";
import { WAITS } from "../support/waiting-program";

const LOCKS = ".pulumi/locks/";
const STATE = ".pulumi/stacks/understudy/standby.json";

/** Against an S3 server that the tool chain builds, gofakes3: not the service, and not every server that speaks S3. It needs no lab. */
describe("a pair whose states are in S3, and whose engine is killed", function () {
  this.timeout(120_000);
  this.slow(60_000);
  toolsOnPath();
  const folder = temporaryFolder();
  const operator = { AWS_ACCESS_KEY_ID: "an-id", AWS_SECRET_ACCESS_KEY: "hush-hush", AWS_REGION: "eu-central-1" };
  let putBack = (): void => undefined;
  let s3: S3StandIn;
  let pair: PairOfStacks;

  const verb = (name: string, ...words: string[]): Promise<CommandRun> =>
    understudy(folder(), name, "--env-config", pair.file, ...words);

  before(async () => {
    s3 = await S3StandIn.start("state");
    putBack = setVariables({ ...operator, PULUMI_HOME: path.join(folder(), "home"), PULUMI_BACKEND_URL: undefined });
    pair = new PairOfStacks(folder(), s3.backend);
    await pair.make();
    await pair.scratch.must("up", "--yes", "--skip-preview", "-s", "standby");
  });

  after(async () => {
    putBack();
    await s3.stop();
  });

  /** Kills an engine while it makes a resource of the standby's stack. */
  async function killInTheMiddle(): Promise<void> {
    await pair.scratch.must("config", "set", "-s", "standby", "understudy:waits", "true");
    const engine = pair.scratch.start("up", "--yes", "--skip-preview", "-s", "standby");
    await killOnce(engine, async () => (await s3.text(STATE)).includes(`::${WAITS}"`));
  }

  it("is left by a killed engine with a lock and an operation that did not end: both verbs name it, settle takes both away", async () => {
    await killInTheMiddle();
    expect(await s3.keys(LOCKS)).to.have.length(1);
    const { all } = await pair.scratch.pulumi("up", "--yes", "--skip-preview", "-s", "standby");
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
    expect(await s3.keys(LOCKS)).to.deep.equal([]);
    await pair.scratch.must("config", "rm", "-s", "standby", "understudy:waits");
    await pair.scratch.must("up", "--yes", "--skip-preview", "-s", "standby");
    expect((await verb("settle")).out).not.to.include("pending");
  });
});
