import { expect } from "chai";
import { restartsOf } from "../../../../operator/settings/apply-settings";
import { isThere, planOf } from "../../../../operator/settings/plan-up";
import { environmentSchema } from "../../../../settings/environment";
import { postgresSettingsText } from "../../../../settings/server/layers";
import { sampleEnvironment } from "../../components/sample";
import { hostSettings, postgresRead, redisRead } from "./read";

const declared = (settings: Record<string, string | number>, redis: Record<string, string | number> = {}) => ({
  ...sampleEnvironment(2),
  timescaledb: environmentSchema.shape.timescaledb.parse({ settings }),
  redis: environmentSchema.shape.redis.parse({ settings: redis }),
});

describe("what an up finds of the settings", () => {
  it("lowers nothing and says nothing where both hosts have what is declared", () => {
    const environment = declared({ max_connections: 200 });
    const text = postgresSettingsText(environment);
    const pair = [
      hostSettings("host-a", { timescaledb: postgresRead("host-a", { text, running: { max_connections: "200" } }) }),
      hostSettings("host-b", { timescaledb: postgresRead("host-b", { text, standby: true }) }),
    ];
    expect(planOf(environment, pair)).to.deep.include({ lowered: [], words: [] });
    expect(pair.map((one) => isThere(environment, one))).to.deep.equal([true, true]);
    expect(isThere(environment, hostSettings("host-a", { timescaledb: "silent" }))).to.equal(false);
  });

  it("names what becomes less on the primary, with the outage and the word for it", () => {
    const text = postgresSettingsText(declared({ max_connections: 200 }));
    const pair = [
      hostSettings("host-b", { timescaledb: postgresRead("host-b", { text, standby: true }) }),
      hostSettings("host-a", { timescaledb: postgresRead("host-a", { text, running: { max_connections: "200" } }) }),
    ];
    const plan = planOf(declared({ max_connections: 120 }), pair);
    expect(plan.lowered).to.deep.equal([{ name: "max_connections", from: 200, to: 120 }]);
    expect(plan.words[0]).to.match(/^max_connections becomes less, 200 -> 120: the primary .* --restart-primary$/);
    // Taking the line back makes it as the product has it.
    expect(planOf(declared({}), pair).lowered).to.deep.equal([{ name: "max_connections", from: 200, to: 100 }]);
    // Under a pair that waits for it already, an up for something else is not in the way.
    const waiting = hostSettings("host-a", {
      timescaledb: postgresRead("host-a", {
        text: postgresSettingsText(declared({ max_connections: 120 })),
        running: { max_connections: "200" },
      }),
    });
    expect(planOf(declared({ max_connections: 120 }), [waiting]).lowered).to.deep.equal([]);
  });

  it("says what is read anew and what at a start alone, and what of Redis is set", () => {
    const one = hostSettings("host-a", {
      timescaledb: postgresRead("host-a", { text: postgresSettingsText(declared({})) }),
    });
    expect(planOf(declared({ max_connections: 200, work_mem: "9MB" }, { hz: 20 }), [one]).words).to.deep.equal([
      "host-a timescaledb: read anew: work_mem",
      "host-a timescaledb: read at a start alone: max_connections",
      "host-a redis: set: hz",
    ]);
  });

  it("starts a standby anew for what is declared, and not while it would have less than its primary", () => {
    const environment = declared({ max_connections: 150 });
    const pending = ["max_connections", "shared_buffers"];
    const of = (primary: string) => [
      hostSettings("host-a", {
        timescaledb: postgresRead("host-a", { running: { max_connections: primary }, pending }),
      }),
      hostSettings("host-b", { timescaledb: postgresRead("host-b", { standby: true, pending }) }),
    ];
    const found = restartsOf(environment, of("100"));
    expect(found.map(({ host, names, waits }) => [host.name, names, waits])).to.deep.equal([
      ["host-a", ["max_connections"], undefined],
      ["host-b", ["max_connections"], undefined],
    ]);
    expect(restartsOf(environment, of("200"))[1]?.waits).to.contain("less than its primary");
    const tuned = [hostSettings("host-a", { timescaledb: postgresRead("host-a", { pending: ["shared_buffers"] }) })];
    expect(restartsOf(environment, tuned)).to.deep.equal([]);
    const redis = redisRead("host-a", {
      differences: [{ name: "io-threads", running: "1", next: "2", atStart: true }],
    });
    expect(restartsOf(environment, [hostSettings("host-a", { redis })])[0]).to.deep.include({
      store: "redis",
      names: ["io-threads"],
    });
  });
});
