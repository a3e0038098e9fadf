import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { carryAll } from "../../../../../drills/services/data-sync/carry-over";
import type { ServiceCarry } from "../../../../../evidence/continuity";
import type { CarriedService } from "../../../../../settings/services";

const CARRIED = { how: "final-sync" } as ServiceCarry;

/** What happened, in order. */
function story() {
  const told: string[] = [];
  return { told, note: (what: string) => void told.push(what) };
}

describe("carrying all services", () => {
  it("reads back as soon as all have moved, while the former ones are being started", async () => {
    const { told, note } = story();
    const bothAtWork = Promise.withResolvers<undefined>();
    const carried = await carryAll(
      async (service) => {
        await sleep(service === "loki" ? 20 : 1);
        note(`${service} moved`);
        return CARRIED;
      },
      async (service) => {
        note(`${service} starts`);
        if (service === "loki") await bothAtWork.promise;
        note(`${service} started`);
      },
      () => {
        note("read back");
        bothAtWork.resolve(undefined);
        return Promise.resolve();
      },
    );
    expect(carried.map(({ service, ...rest }) => [service, rest])).to.deep.equal(
      ["loki", "tempo", "grafana"].map((service) => [service, { carried: CARRIED }]),
    );
    expect(told.indexOf("read back")).to.be.greaterThan(told.indexOf("loki moved"));
    expect(told.indexOf("read back")).to.be.lessThan(told.indexOf("loki started"));
    expect(told.indexOf("tempo started"), "nobody waits for the slowest").to.be.lessThan(told.indexOf("loki moved"));
    for (const service of ["loki", "tempo", "grafana"])
      expect(told.indexOf(`${service} starts`), service).to.be.greaterThan(told.indexOf(`${service} moved`));
  });

  it("starts one that failed as well, lets the others go on, and says what failed, the start before the rest", async () => {
    const { told, note } = story();
    const carry = (service: CarriedService): Promise<ServiceCarry> =>
      service === "loki" ? Promise.reject(new Error("no room")) : Promise.resolve(CARRIED);
    const startAgain = (service: CarriedService): Promise<void> => {
      note(`${service} starts`);
      return service === "tempo" ? Promise.reject(new Error("no such image")) : Promise.resolve();
    };
    const carried = await carryAll(carry, startAgain, () => {
      note("read back");
      return Promise.resolve();
    });
    expect(carried).to.deep.equal([
      { service: "loki", failure: "no room" },
      { service: "tempo", failure: "no such image" },
      { service: "grafana", carried: CARRIED },
    ]);
    expect(told).to.have.members(["loki starts", "tempo starts", "grafana starts", "read back"]);
  });
});
