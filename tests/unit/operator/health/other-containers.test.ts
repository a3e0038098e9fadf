import { expect } from "chai";
import { statusTable } from "../../../../cli/status-table";
import type { ContainerState } from "../../../../drills/hosts/container-state";
import { containerTrouble, otherContainers } from "../../../../operator/health/other-containers";
import { sampleEnvironment } from "../../components/sample";

const RUNS: ContainerState = {
  ...{ read: true, running: true, status: "running", health: "none", said: "" },
  ...{ image: "lab/collector:1", since: "2026-12-01T10:00:00.000Z" },
};
const NEXT = "ssh host-a docker logs --tail 20 understudy-collector";

describe("containers beside the services", () => {
  it("are in trouble when they end again and again, although their engine calls them running", () => {
    const trouble = containerTrouble({ ...RUNS, status: "restarting" }, NEXT);
    expect(trouble).to.deep.equal({ reason: "its container ends and is started again and again", next: NEXT });
  });

  it("are in trouble when they are gone, stopped or unhealthy", () => {
    const gone = containerTrouble({ read: false, missing: true, reason: "no such container" }, NEXT);
    expect(gone).to.deep.equal({ reason: "there is no container", next: "understudy up" });
    expect(containerTrouble({ ...RUNS, running: false, status: "exited" }, NEXT)?.reason).to.equal(
      "its container is exited",
    );
    expect(containerTrouble({ ...RUNS, health: "unhealthy", said: "no answer" }, NEXT)?.reason).to.equal("no answer");
    expect(containerTrouble({ ...RUNS, health: "unhealthy" }, NEXT)?.reason).to.equal("its container is unhealthy");
  });

  it("are in none while they run or start, or where the engine does not say", () => {
    expect(containerTrouble(RUNS, NEXT)).to.equal(undefined);
    expect(containerTrouble({ ...RUNS, health: "starting" }, NEXT)).to.equal(undefined);
    expect(containerTrouble({ read: false, missing: false, reason: "timed out" }, NEXT)).to.equal(undefined);
  });

  it("are those that the environment declares, and no service", () => {
    expect(otherContainers(sampleEnvironment(2))).to.deep.equal([]);
    const more = sampleEnvironment(2, {
      ...{ agent: {}, exporters: {}, logs: {}, clients: {} },
      ports: { postgres: 15432, redis_tls: 16380 },
    });
    expect(otherContainers(more)).to.deep.equal([
      ...["agent", "postgres-exporter", "redis-exporter", "node-exporter", "collector", "door", "pooler", "keeper"],
    ]);
  });

  it("stand in the status with what shows more", () => {
    const troubles = [
      { host: "host-a", container: "collector", reason: "its container is exited", next: NEXT },
    ] as const;
    const text = statusTable({ readAt: "now", rows: [], good: false, kept: [], waiting: [], troubles });
    expect(text).to.include(`problem  host-a collector: its container is exited\n         next: ${NEXT}\n`);
  });
});
