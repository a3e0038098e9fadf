import { expect } from "chai";
import { connectEngine } from "../../drills/hosts/engine";
import { bounded } from "../../drills/hosts/bounded";
import { engineKilled } from "../../lab/faults/process-faults";
import { strikeFault } from "../../lab/faults/strike";
import { HOST_A } from "../../lab/host/layout";
import { withLabLock } from "../../lab/host/lock";
import { machineMs } from "../../lab/watch/attempt";
import { startWatch, type Watch } from "../../lab/watch/watcher";
import { containerName } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { STORE_NAMES, type StoreName } from "../../settings/services";
import { diverge, toStores } from "../support/diverge";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, pulumi, understudy } from "../support/lab-stacks";
import { acceptedSince, declareAsAtFirst, good, swapTo, untilGuardsSay, untilWhole } from "../support/lab-pair";
import { temporaryFolder } from "../support/temporary-folder";

const quiet = (): void => undefined;

async function eachStoreOfHostA(verb: "restart" | "start"): Promise<void> {
  const engine = connectEngine(viewFrom(labEnvironment(), "host-a").self);
  try {
    for (const store of STORE_NAMES) {
      const container = engine.docker.getContainer(containerName(store));
      const { State: state } = await bounded(`look at ${store}`, 10_000, container.inspect());
      if (verb === "start" && state.Running) continue;
      await bounded(`${verb} of ${store}`, 90_000, verb === "restart" ? container.restart() : container.start());
    }
  } finally {
    engine.close();
  }
}

/** What brings the stores of a host back, each in its own way. */
const RETURNS = {
  "a restart of the container": () => eachStoreOfHostA("restart"),
  "`docker start` by hand": async () => {
    await toStores("host-a", "stop");
    await eachStoreOfHostA("start");
  },
  // Not by `labHeal`: that would start the stores of host-b, too.
  "a restart of the Docker engine": async () => {
    await strikeFault("engine-killed", "host-a", quiet);
    await withLabLock(quiet, () => engineKilled.heal(HOST_A));
  },
  "a reboot of the host": () => strikeFault("reboot", "host-a", quiet),
} as const;

describe("never two writers: a former primary asks before it writes, whatever brings it back", function () {
  this.timeout(400_000);
  const folder = temporaryFolder();
  let watch: Watch;

  before(async () => {
    await untilWhole("host-a");
    watch = await startWatch(labEnvironment(), await labCredentials());
  });
  after(async () => {
    await toStores("host-b", "start");
    await watch.stop().catch(quiet);
  });

  function expectHeldSince(sinceMs: number): void {
    for (const store of STORE_NAMES) expect(acceptedSince(watch, "host-a", store, sinceMs), store).to.equal(0);
  }

  async function expectStatusSays(words: RegExp, stores: readonly StoreName[]): Promise<void> {
    const status = await understudy("status", "--env-config", LAB_ENVIRONMENT);
    expect(status.code).to.equal(1);
    const reason = words.source.replace(/^held /, "");
    for (const store of stores) expect(status.stdout).to.match(new RegExp(`problem .*host-a ${store}.*${reason}`));
  }

  describe("while its peer is silent", () => {
    const HELD =
      /held was primary, and host-b does not answer; starts when it answers, or after: understudy release host-a/;
    let sinceMs: number;

    before(async () => {
      await toStores("host-b", "stop");
      await toStores("host-a", "stop");
      sinceMs = machineMs();
    });

    // A restart of the container beside a silent peer is among the tests of the boot guard.
    for (const what of ["`docker start` by hand", "a restart of the Docker engine", "a reboot of the host"] as const) {
      it(`${what}: both stores are held, and say why and what releases them`, async () => {
        await RETURNS[what]();
        await untilGuardsSay("host-a", HELD);
        expectHeldSince(sinceMs);
      });
    }

    it("`pulumi up` of its stack, which declares it primary as ever: nothing is started writable", async () => {
      const up = await pulumi("-s", "primary", "up", "--yes", "--skip-preview");
      await untilGuardsSay("host-a", HELD);
      expectHeldSince(sinceMs);
      expect(up.stdout + up.stderr).not.to.include('observed: "primary"');
      await expectStatusSays(HELD, STORE_NAMES);
    });

    it("it is primary again by itself once its standby answers", async () => {
      await toStores("host-b", "start");
      await untilWhole("host-a");
    });
  });

  describe("after its peer was promoted", () => {
    const HELD =
      /held host-b is primary on timeline \d+ and this data diverged .*starts after: understudy rejoin host-a --execute/;
    let sinceMs: number;

    before(async () => {
      await diverge("host-a", "host-b", `never-two-${Date.now()}`, 3);
      sinceMs = machineMs();
      await eachStoreOfHostA("start");
    });
    after(declareAsAtFirst);

    for (const what of ["a restart of the container", "`docker start` by hand"] as const) {
      it(`${what}: PostgreSQL is held, Redis follows, and neither is writable`, async () => {
        await RETURNS[what]();
        await untilGuardsSay("host-a", HELD, ["timescaledb"]);
        expectHeldSince(sinceMs);
      });
    }

    it("`pulumi up` of its stack with its old config is refused, with both observations and the next command", async () => {
      const up = await pulumi("-s", "primary", "up", "--yes", "--skip-preview");
      expect(up.code).not.to.equal(0);
      expect(up.stdout + up.stderr).to.include("host-b is primary: there would be two");
      expect(up.stdout + up.stderr).to.include("Next: pulumi -s primary config set understudy:role standby");
      expectHeldSince(sinceMs);
      await expectStatusSays(HELD, ["timescaledb"]);
    });

    it("it returns by what releases it, and in all this both sides never took writes at one time", async () => {
      good(await understudy("rejoin", "host-a", "--env-config", LAB_ENVIRONMENT, "--execute"));
      good(await pulumi("-s", "primary", "config", "set", "understudy:role", "standby"));
      good(await pulumi("-s", "standby", "config", "set", "understudy:role", "primary"));
      await swapTo("host-a", `${folder()}/back.env`);
      const report = await watch.stop();
      for (const store of STORE_NAMES) expect(report[store], store).to.deep.include({ twoWriterMs: 0, overlaps: [] });
    });
  });
});
