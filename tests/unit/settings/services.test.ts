import { expect } from "chai";
import { serviceNameText } from "../../../evidence/service-terms";
import {
  CARRIED_SERVICES,
  isStore,
  OTHER_SERVICES,
  SERVICE_NAMES,
  SERVICE_PORTS,
  SERVICES,
  STORE_NAMES,
} from "../../../settings/services";

describe("the table of services", () => {
  it("lists the services as people do, and PostgreSQL first where only stores are told of", () => {
    expect(SERVICE_NAMES).to.deep.equal([
      ...["redis", "timescaledb", "prometheus", "alertmanager", "loki", "tempo", "grafana"],
    ]);
    expect(STORE_NAMES).to.deep.equal(["timescaledb", "redis"]);
    expect(CARRIED_SERVICES).to.deep.equal(["loki", "tempo", "grafana"]);
    expect(OTHER_SERVICES).to.deep.equal(SERVICE_NAMES.filter((name) => !isStore(name)));
  });

  it("gives each port once: its key, and the number that it has unless the environment file says another", () => {
    for (const column of ["key", "inside"] as const) {
      const values = SERVICE_PORTS.map((port) => port[column]);
      expect(new Set<string | number>(values).size, column).to.equal(values.length);
    }
  });

  for (const name of SERVICE_NAMES) {
    const { ports, health, metrics, promise, carried, guardFolder } = SERVICES[name];

    it(`says of ${name} only what fits together`, () => {
      expect(serviceNameText.safeParse(name).success, "its name stands in evidence").to.equal(true);
      expect(promise.units, "its loss is counted in something").not.to.be.empty;
      if (metrics !== null) expect(ports[0].askedByPeer, "the other Prometheus scrapes it").to.include("scrapes");
      expect(health.protocol === "http", "a store is asked by its own protocol").to.equal(guardFolder === null);
      if (carried === null) return;
      expect(guardFolder, "a store replicates by itself").to.equal(null);
      expect([promise.planned, promise.unplanned], "carried, or from the newest backup").to.deep.equal([
        ...["sync", "backup"],
      ]);
      expect(carried.folders, "what never changes is carried, too").to.include.members([...carried.unchanging]);
    });
  }
});
