import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { onAll, startService, stopService } from "../../../../../drills/services/data-sync/stop-service";

type Host = Parameters<typeof startService>[0];
const ENVIRONMENT = { ports: {} } as Parameters<typeof stopService>[2];

/** A host with one container; an engine that is gone fails at once, one that lives takes a moment to stop it. */
function hostNamed(name: string, engineLives: boolean): { readonly host: Host; readonly runs: () => boolean } {
  let runs = true;
  const alive = (): void => {
    if (!engineLives) throw new Error("socket hang up");
  };
  const container = {
    stop: async () => {
      alive();
      await sleep(30);
      runs = false;
    },
    start: () => {
      alive();
      if (runs) throw Object.assign(new Error("already started"), { statusCode: 304 });
      runs = true;
    },
  };
  const docker = {
    getContainer: () => ({ stop: container.stop, start: () => Promise.resolve().then(container.start) }),
  };
  return { host: { host: { name }, engine: { docker } } as unknown as Host, runs: () => runs };
}

describe("stopping a service on both hosts", () => {
  it("ends on the host that lives before it is told that the other one's engine is gone, so that a start undoes it", async () => {
    const [gone, alive] = [hostNamed("host-a", false), hostNamed("host-b", true)];
    const stop = onAll([gone.host, alive.host], (host) => stopService(host, "loki", ENVIRONMENT));
    expect(await stop.catch((error: unknown) => (error as Error).message)).to.equal("socket hang up");
    expect(alive.runs()).to.equal(false);
    await onAll([gone.host, alive.host], (host) => startService(host, "loki")).catch(() => undefined);
    expect(alive.runs()).to.equal(true);
  });

  it("is done when it is done on each", async () => {
    const both = [hostNamed("host-a", true), hostNamed("host-b", true)];
    await onAll(both, ({ host }) => stopService(host, "loki", ENVIRONMENT));
    expect(both.map(({ runs }) => runs())).to.deep.equal([false, false]);
  });
});
