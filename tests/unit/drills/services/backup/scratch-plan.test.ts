import { expect } from "chai";
import { scratchPlan } from "../../../../../drills/services/backup/scratch-plan";
import { SERVICE_NAMES } from "../../../../../settings/services";

describe("how a restored service runs in a scratch network", () => {
  const plan = (service: (typeof SERVICE_NAMES)[number]) => scratchPlan(service, { kind: "newest" });

  it("lets Loki name its index files anew: files of its host's own name would take the place of that host's", () => {
    expect(plan("loki").forgotten).to.deep.equal(["tsdb-shipper-active/uploader"]);
  });

  it("has Tempo write everything out before it is ended, and none of the others by request", () => {
    const asked = SERVICE_NAMES.filter((service) => plan(service).flush !== null);
    expect(asked).to.deep.equal(["tempo"]);
    expect(plan("tempo").http).not.to.equal(null);
  });
});
