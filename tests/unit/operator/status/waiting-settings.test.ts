import { expect } from "chai";
import { statusTable } from "../../../../cli/status-table";
import { waitingOf, waitingWords } from "../../../../operator/status/waiting-settings";
import { environmentSchema } from "../../../../settings/environment";
import { postgresSettingsText, redisSettingsText } from "../../../../settings/server/layers";
import { sampleEnvironment } from "../../components/sample";
import { hostSettings, NO_SETTINGS, postgresRead, redisRead } from "../settings/read";

const ENVIRONMENT = {
  ...sampleEnvironment(2, { loki: { settings: { limits_config: { ingestion_rate_mb: 8 } } } }),
  timescaledb: environmentSchema.shape.timescaledb.parse({ settings: { max_connections: 200 } }),
  redis: environmentSchema.shape.redis.parse({ settings: { databases: 20 } }),
};
const text = postgresSettingsText(ENVIRONMENT);
const there = {
  ...NO_SETTINGS,
  loki: { text: 'limits_config.ingestion_rate_mb = "8"\n' },
};
const redis = (host: string, standby: boolean, atStart = false) =>
  redisRead(host, {
    ...{ standby, text: redisSettingsText(ENVIRONMENT) },
    differences: atStart ? [{ name: "databases", running: "16", next: "20", atStart: true }] : [],
  });

describe("settings that wait", () => {
  it("are none where everything is in force", () => {
    const one = hostSettings("host-a", {
      ...{ timescaledb: postgresRead("host-a", { text }), redis: redis("host-a", false), services: there },
    });
    expect(waitingOf(ENVIRONMENT, [one])).to.deep.equal([]);
  });

  it("are told for each host with the command: a standby's by up, a primary's by a switchover or in place", () => {
    const pending = ["max_connections"];
    const pair = [
      hostSettings("host-a", {
        ...{
          timescaledb: postgresRead("host-a", { text, pending }),
          redis: redis("host-a", false, true),
          services: there,
        },
      }),
      hostSettings("host-b", {
        timescaledb: postgresRead("host-b", { text, pending, standby: true }),
        ...{ redis: redis("host-b", true), services: there },
      }),
    ];
    const switched =
      "understudy switchover --execute, then understudy up --execute; or in place: understudy up --execute --restart-primary";
    expect(waitingOf(ENVIRONMENT, pair)).to.deep.equal([
      { host: "host-a", service: "timescaledb", waitsFor: "start", names: pending, next: switched },
      { host: "host-a", service: "redis", waitsFor: "start", names: ["databases"], next: switched },
      { host: "host-b", service: "timescaledb", waitsFor: "start", names: pending, next: "understudy up --execute" },
    ]);
    expect(waitingOf(ENVIRONMENT, pair.slice(0, 1))[0]?.next).to.equal("understudy up --execute --restart-primary");
  });

  it("are told apart: what nobody brought yet, what was set by hand, and what follows from memory", () => {
    const one = hostSettings("host-a", {
      timescaledb: postgresRead("host-a", {
        text,
        pending: ["shared_buffers", "max_wal_senders"],
        auto: { max_wal_senders: "20" },
      }),
      redis: "silent",
    });
    expect(waitingOf(ENVIRONMENT, [one]).map(waitingWords)).to.deep.equal([
      "host-a timescaledb: waits to be started anew for what ALTER SYSTEM has set: max_wal_senders\n         next: understudy settings",
      "host-a timescaledb: waits for its next start, whenever that is: shared_buffers",
      "host-a loki: waits for an up that brings limits_config.ingestion_rate_mb\n         next: understudy up --execute",
    ]);
  });

  it("stand in the table of status, and do not make a pair unwell", () => {
    const waiting = waitingOf(ENVIRONMENT, [hostSettings("host-a", { redis: "silent", services: there })]);
    const table = statusTable({ readAt: "now", rows: [], good: true, kept: [], troubles: [], waiting });
    expect(table).to.match(/^settings host-a timescaledb: waits for an up that brings .*max_connections/m);
    expect(table).to.contain("all well");
  });
});
