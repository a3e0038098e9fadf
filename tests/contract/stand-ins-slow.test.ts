import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { logLines } from "../../drills/services/canary/log-lines";
import { spans } from "../../drills/services/canary/spans";
import { makeStandIn, type StandIn, type StandInService } from "../support/stand-in";
import { temporaryFolder } from "../support/temporary-folder";

const SERVICES: readonly StandInService[] = ["loki", "tempo"];
const SUBJECT = { drillId: "slow", timeoutMs: 5000 };
const WRITE = { loki: logLines(SUBJECT).write, tempo: spans(SUBJECT).write };

describe("the stand-ins for Loki and Tempo, where somebody asks for the slow ways of the real ones", function () {
  this.timeout(180_000);
  this.slow(40_000);
  const folder = temporaryFolder();
  let all: ReadonlyMap<StandInService, StandIn>;

  before(async () => {
    const made = SERVICES.map(async (one) => [one, await makeStandIn(one, folder(), one)] as const);
    all = new Map(await Promise.all(made));
  });
  after(async () => {
    for (const one of all.values()) await one.stop("SIGKILL");
  });

  const ready = async ({ base }: StandIn): Promise<number> => (await fetch(`${base}/ready`)).status;

  /** Starts one, and tells after how long it is ready, milliseconds. It must take things meanwhile. */
  async function readyAfter(service: StandInService, one: StandIn): Promise<number> {
    const began = performance.now();
    await one.start();
    await WRITE[service](1, one.host);
    while ((await ready(one)) !== 200) await sleep(50);
    return performance.now() - began;
  }

  const readyTimes = (): Promise<number[]> => Promise.all([...all].map(([service, one]) => readyAfter(service, one)));

  it("are ready 15 s after their start", async () => {
    for (const one of all.values()) one.setSlow(true);
    for (const time of await readyTimes()) expect(time).to.be.within(14_900, 25_000);
  });

  it("Tempo's goes on answering when it is told to stop; Loki's ends", async () => {
    const [loki, tempo] = [all.get("loki")!, all.get("tempo")!];
    expect(await loki.stop("SIGTERM")).to.be.below(3000);
    const stopped = tempo.stop("SIGTERM");
    await sleep(3000);
    expect(await ready(tempo)).to.equal(200);
    await tempo.stop("SIGKILL");
    expect(await stopped).to.be.within(3000, 10_000);
  });

  it("are quick again when nobody asks for it any more", async () => {
    for (const one of all.values()) one.setSlow(false);
    for (const time of await readyTimes()) expect(time).to.be.below(5000);
    for (const one of all.values()) expect(await one.stop("SIGTERM")).to.be.below(3000);
  });
});
