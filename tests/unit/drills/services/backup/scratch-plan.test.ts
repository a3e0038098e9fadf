import { expect } from "chai";
import { scratchPlan } from "../../../../../drills/services/backup/scratch-plan";
import { SERVICE_NAMES, type ServiceName } from "../../../../../settings/services";

describe("how a restored service runs in a scratch network", () => {
  const plan = (service: (typeof SERVICE_NAMES)[number]) => scratchPlan(service, { kind: "newest" });

  it("lets Loki name its index files anew: files of its host's own name would take the place of that host's", () => {
    expect(plan("loki").forgotten).to.deep.equal(["tsdb-shipper-active/uploader"]);
  });

  it("gives it its own container's passwords and settings by their volume: nothing of them is copied", () => {
    const [needs, copies] = [(one: ServiceName) => plan(one).files, (one: ServiceName) => plan(one).copied.length > 0];
    expect(SERVICE_NAMES.filter(needs)).to.deep.equal(["timescaledb", "alertmanager", "loki", "tempo", "grafana"]);
    expect(SERVICE_NAMES.filter(copies)).to.deep.equal([]);
    expect(JSON.stringify(plan("timescaledb"))).to.include("config_file='/understudy/files/current/postgresql.conf'");
    expect(plan("alertmanager").command).to.include("--config.file=/understudy/files/current/alertmanager.yml");
  });

  it("copies them where an earlier version made the container, from where that version put them", () => {
    const former = (service: ServiceName) => scratchPlan(service, { kind: "newest" }, true);
    expect(SERVICE_NAMES.filter((one) => former(one).files)).to.deep.equal([]);
    const copied = Object.fromEntries(SERVICE_NAMES.map((one) => [one, former(one).copied]));
    expect(copied).to.deep.equal({
      ...{ redis: [], timescaledb: ["/understudy"], prometheus: [], grafana: ["/understudy"] },
      ...{
        alertmanager: ["/etc/alertmanager/alertmanager.yml"],
        loki: ["/etc/loki/loki.yaml"],
        tempo: ["/etc/tempo.yaml"],
      },
    });
    expect(JSON.stringify(former("timescaledb"))).to.include("config_file='/understudy/postgresql.conf'");
    expect(former("prometheus").written).to.have.property("/etc/prometheus/prometheus.yml");
  });

  it("has Tempo write everything out before it is ended, and none of the others by request", () => {
    const asked = SERVICE_NAMES.filter((service) => plan(service).flush !== null);
    expect(asked).to.deep.equal(["tempo"]);
    expect(plan("tempo").http).not.to.equal(null);
  });
});
