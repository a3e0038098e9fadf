import { expect } from "chai";
import type { ContainerReading } from "../../../../drills/hosts/containers";
import { untilHealthy } from "../../../../drills/hosts/health-checks";
import type { ServiceName } from "../../../../settings/services";

const ALL: readonly ServiceName[] = ["redis", "loki", "tempo"];

/** Services that become healthy after so many readings of each; what was asked, in order. */
function services(after: Partial<Record<ServiceName, number>>) {
  const asked: (readonly ServiceName[])[] = [];
  const seen = new Map<ServiceName, number>();
  const read = (names: readonly ServiceName[]): Promise<readonly ContainerReading[]> => {
    asked.push(names);
    return Promise.resolve(
      names.map((service) => {
        seen.set(service, (seen.get(service) ?? 0) + 1);
        return { service, healthy: (seen.get(service) ?? 0) > (after[service] ?? 0), detail: "", image: null };
      }),
    );
  };
  return { asked, read };
}

describe("the health of all services", () => {
  it("is that of one reading of all of them; until then only those are asked that are not healthy", async () => {
    const { asked, read } = services({ loki: 2 });
    const began = performance.now();
    const reading = await untilHealthy(read, ALL, 5000);
    expect(reading.map(({ service, healthy }) => [service, healthy])).to.deep.equal(ALL.map((one) => [one, true]));
    expect(asked).to.deep.equal([ALL, ["loki"], ["loki"], ALL]);
    expect(performance.now() - began, "short pauses").to.be.lessThan(2000);
  });

  it("is read again where another one fell ill meanwhile", async () => {
    const { asked, read } = services({ loki: 1 });
    let turn = 0;
    const fickle = async (names: readonly ServiceName[]): Promise<readonly ContainerReading[]> => {
      turn += 1;
      const reading = await read(names);
      return turn === 3 ? reading.map((one) => (one.service === "redis" ? { ...one, healthy: false } : one)) : reading;
    };
    const reading = await untilHealthy(fickle, ALL, 5000);
    expect(reading.every(({ healthy }) => healthy)).to.equal(true);
    expect(asked).to.deep.equal([ALL, ["loki"], ALL, ["redis"], ALL]);
  });

  it("says who is not healthy when the time is up, of all that were asked for", async () => {
    const { read } = services({ tempo: Infinity });
    const reading = await untilHealthy(read, ALL, 120);
    expect(reading.map(({ healthy }) => healthy)).to.deep.equal([true, true, false]);
  });
});
