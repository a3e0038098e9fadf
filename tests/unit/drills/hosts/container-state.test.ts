import { expect } from "chai";
import { readContainerStates } from "../../../../drills/hosts/container-state";
import type { HostEngine } from "../../../../drills/hosts/engine";
import type { NamedHost } from "../../../../settings/pair";

const HOST = { name: "host-a" } as NamedHost;

/** What is read of a container that was started at noon and whose last health check ended as it says. */
async function stateAfter(check: { Start: string; ExitCode: number; Output: string }): Promise<unknown> {
  const inspection = {
    State: {
      ...{ Running: true, Paused: false, Status: "running" },
      ...{ StartedAt: "2026-12-03T12:00:00.123456789Z", FinishedAt: "2026-12-03T11:59:58Z" },
      Health: { Status: "starting", FailingStreak: 0, Log: [check] },
    },
    Config: { Image: "tempo:1" },
  };
  const docker = { getContainer: () => ({ inspect: () => Promise.resolve(inspection) }) };
  const [read] = await readContainerStates(HOST, { docker } as unknown as HostEngine, ["tempo"]);
  return read?.container;
}

describe("a container as its engine says", () => {
  const failed = { ExitCode: 1, Output: "503 Service Unavailable\n" };

  it("has no word of a health check from before it was started: the engine keeps that, and says nothing of it", async () => {
    expect(await stateAfter({ ...failed, Start: "2026-12-03T11:59:57.5Z" })).to.deep.include({
      ...{ health: "starting", said: "" },
    });
  });

  it("has the word of one that failed since", async () => {
    expect(await stateAfter({ ...failed, Start: "2026-12-03T12:00:02.000000001+00:00" })).to.deep.include({
      ...{ health: "starting", said: "503 Service Unavailable" },
    });
  });
});
