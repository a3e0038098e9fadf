import { expect } from "chai";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { saysLocked } from "../../operator/failover/engine-words";
import { firstComplaint } from "../../operator/failover/pair-stacks";
import { ComposedCloud } from "../support/composed-cloud";
import { inShell, setVariables } from "../support/in-shell";
import { PairOfStacks } from "../support/pair-of-stacks";
import { temporaryFolder } from "../support/temporary-folder";
import { toolsOnPath } from "../support/tools-on-path";
import { understudy, type CommandRun } from "../support/understudy-command";

const TOKEN = "pul-hush-hush";
const PENDING = "urn:pulumi:standby::understudy::pulumi-nodejs:dynamic:Resource::waits";

/** Against answers that were composed from Pulumi's source: no request goes to the service. */
describe("a pair whose states are in Pulumi Cloud, by the real engine and composed answers", function () {
  this.timeout(300_000);
  this.slow(60_000);
  toolsOnPath();
  const folder = temporaryFolder();
  let putBack = (): void => undefined;
  let cloud: ComposedCloud;
  let pair: PairOfStacks;

  const verb = (name: string, ...words: string[]): Promise<CommandRun> =>
    understudy(folder(), name, "--env-config", pair.file, ...words);

  before(async () => {
    cloud = await ComposedCloud.start(TOKEN);
    const home = path.join(folder(), "home");
    putBack = setVariables({ PULUMI_ACCESS_TOKEN: TOKEN, PULUMI_HOME: home, PULUMI_BACKEND_URL: undefined });
    pair = new PairOfStacks(folder(), cloud.backend);
    await pair.make("--secrets-provider", "passphrase");
  });

  after(async () => {
    putBack();
    await cloud.stop();
  });

  it("is well when the service knows of no operation and the state has none", async () => {
    const settle = await verb("settle");
    expect(settle.out, settle.err.join("\n")).to.equal(
      "stack primary of host-a: nothing to clear\nstack standby of host-b: nothing to clear\n",
    );
    expect(settle.code).to.equal(0);
    expect((await verb("doctor")).out).to.match(/GOOD +state of standby +no pending operation, not locked/);
  });

  it("is locked while the service has an operation under way: named, refused without a word, cancelled with one", async () => {
    const standby = cloud.stack("standby");
    standby.operation = { kind: "update", author: "kim", started: Date.parse("2026-11-30T03:00:00Z") / 1000 };
    standby.deployment = {
      ...(standby.deployment as object),
      pending_operations: [
        {
          type: "creating",
          resource: { urn: PENDING, custom: true, type: "pulumi-nodejs:dynamic:Resource", inputs: {} },
        },
      ],
    };
    const shown = await verb("settle");
    expect(shown.out, shown.err.join("\n"))
      .to.match(/ {2}locked {3}by an operation of kim, since 2026-11-30T03:00:00/)
      .and.include(PENDING);
    expect(shown.code).to.equal(1);
    expect((await verb("doctor")).out).to.match(/PROBLEM +state of standby +locked since .* an operation of kim/);
    const refused = await verb("settle", "--execute");
    expect(refused.code).to.equal(3);
    expect(refused.err.join("\n")).to.match(
      /an operation of kim, which cannot be looked at from here\nnext: .*--engines-have-ended/,
    );
    expect(standby.operation, "nothing was changed").not.to.equal(null);
    const cleared = await verb("settle", "--execute", "--engines-have-ended");
    expect(cleared.code, cleared.err.join("\n")).to.equal(0);
    expect(standby.operation).to.equal(null);
    expect(JSON.stringify(standby.deployment)).not.to.include(PENDING);
    expect((await verb("settle")).code).to.equal(0);
  });

  it("refuses an engine while another is at work by a code, which is what is read", async () => {
    cloud.stack("standby").operation = { kind: "update", author: "kim", started: 1 };
    const { code, all } = await pair.scratch.pulumi("up", "--yes", "--skip-preview", "-s", "standby");
    expect(code).to.not.equal(0);
    expect(saysLocked(firstComplaint(new Error(all))), all).to.equal(true);
    cloud.stack("standby").operation = null;
  });

  it("without a token is to be logged in to, and is not taken for one without stacks", async () => {
    const elsewhere = path.join(folder(), "nobody-has-logged-in-here");
    await inShell({ PULUMI_ACCESS_TOKEN: undefined, PULUMI_HOME: elsewhere }, async () => {
      for (const name of ["settle", "status"]) {
        const { code, err } = await verb(name);
        expect(code, name).to.equal(2);
        expect(err.join("\n"), name)
          .to.include(`next: pulumi login ${cloud.backend}, or PULUMI_ACCESS_TOKEN`)
          .and.not.include("stack init");
      }
    });
  });

  it("has a stack made only where the service says that there is none", async () => {
    const standby = cloud.stack("standby");
    cloud.stacks.delete("standby");
    const { err } = await verb("status");
    expect(err.join("\n")).to.match(/next: export PULUMI_BACKEND_URL="http:.*"; pulumi stack init standby/);
    cloud.stacks.set("standby", standby);
  });

  it("gets its token from the operator's shell, and nothing else keeps it but Pulumi's own folder", async () => {
    expect(new Set(cloud.asked.map(({ token }) => token))).to.deep.equal(new Set([`token ${TOKEN}`]));
    const files = globSync("**", { cwd: folder(), withFileTypes: true }).filter((one) => one.isFile());
    const places = files.map((one) => path.join(one.parentPath, one.name));
    const keeping = places.filter((file) => readFileSync(file, "latin1").includes(TOKEN));
    expect(keeping.filter((file) => !file.startsWith(path.join(folder(), "home/")))).to.deep.equal([]);
    const runs = await Promise.all(["settle", "doctor"].map((name) => verb(name)));
    expect(runs.map(({ out, err }) => out + err.join("\n")).join("\n")).not.to.include(TOKEN);
  });
});
