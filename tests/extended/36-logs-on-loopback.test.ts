import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { RoleLink } from "../../agent/role-link";
import { sendJson } from "../../drills/hosts/http";
import { LOKI_OTLP_PATH, ROLES_FOLDER } from "../../settings/logs";
import { EngineLog } from "../support/engine-log";
import { makeCollector, type RealCollector } from "../support/real-collector";
import { makeStandIn, type StandIn } from "../support/stand-in";
import { temporaryFolder } from "../support/temporary-folder";

interface Read {
  readonly text: string;
  readonly under: Readonly<Record<string, string>>;
}

const REDIS = "a".repeat(64);
const POSTGRES = "b".repeat(64);
const GRAFANA = "c".repeat(64);

/** A real Collector against two stand-ins for Loki, after `toolchain/setup.sh --only collector`. Needs no lab. */
describe("every log line, by a real Collector to both Lokis", function () {
  this.timeout(180_000);
  this.slow(20_000);
  const folder = temporaryFolder();
  let own: StandIn;
  let peer: StandIn;
  let collector: RealCollector;
  let role: RoleLink;
  let redis: EngineLog;
  let postgres: EngineLog;
  const written: string[] = [];

  before(async () => {
    [own, peer] = [await makeStandIn("loki", folder(), "own"), await makeStandIn("loki", folder(), "peer")];
    await Promise.all([own.start(), peer.start()]);
    const engine = path.join(folder(), "containers");
    mkdirSync(engine);
    [redis, postgres] = [new EngineLog(engine, REDIS), new EngineLog(engine, POSTGRES)];
    const url = ({ base }: StandIn): string => `${base}${LOKI_OTLP_PATH}`;
    collector = await makeCollector(folder(), {
      host: "host-a",
      ids: { redis: REDIS, timescaledb: POSTGRES },
      lokis: { own: { url: url(own) }, peer: { url: url(peer) } },
      ...{ memoryMib: 192, queueMib: 16 },
    });
    role = new RoleLink(path.join(collector.folder, ROLES_FOLDER), engine);
    await role.say("primary");
    await collector.start();
  });
  after(async () => {
    await collector.stop("SIGKILL");
    await Promise.all([own.stop("SIGKILL"), peer.stop("SIGKILL")]);
  });

  function lines(what: string, count: number): void {
    for (let at = 0; at < count; at += 1) {
      const line = `${what} ${String(at)}`;
      written.push(line);
      redis.write(line);
    }
  }

  async function read(loki: StandIn, query: string): Promise<readonly Read[]> {
    const end = String(BigInt(Date.now() + 60_000) * 1_000_000n);
    const page = `/loki/api/v1/query_range?query=${encodeURIComponent(query)}&limit=5000&end=${end}`;
    const answer = (await sendJson(loki.asked(page))) as {
      data: { result: readonly { stream: Record<string, string>; values: readonly [string, string][] }[] };
    };
    return answer.data.result.flatMap(({ stream, values }) => values.map(([, text]) => ({ text, under: stream })));
  }

  /** Waits until a Loki has as many, and a little longer: none more comes. */
  async function expectAll(loki: StandIn): Promise<readonly Read[]> {
    const asked = (): Promise<readonly Read[]> => read(loki, '{service="redis"}').catch(() => []);
    for (let tries = 0; tries < 120 && (await asked()).length < written.length; tries += 1) await sleep(250);
    await sleep(1000);
    const found = await asked();
    expect(found.map(({ text }) => text).sort(), collector.said()).to.deep.equal([...written].sort());
    return found;
  }

  const ofTurn = (found: readonly Read[], what: string): readonly Read[] =>
    found.filter(({ text }) => text.startsWith(what));

  it("come once to each, under host, service and role, and with what stream they came on", async () => {
    lines("before", 250);
    for (const loki of [own, peer]) {
      const [first] = await expectAll(loki);
      const { host, service, role: under, service_name: name, stream } = first?.under ?? {};
      expect({ host, service, under, name, stream }).to.deep.equal({
        ...{ host: "host-a", service: "redis", under: "primary", name: "redis", stream: "stdout" },
      });
    }
    const labels = (await sendJson(own.asked("/loki/api/v1/labels"))) as { data: string[] };
    expect(labels.data).to.deep.equal(["host", "role", "service", "service_name"]);
  });

  it("have the role that the host has when they are read: none comes twice, and nothing is started anew", async () => {
    await role.say("unknown");
    await role.say("standby");
    await sleep(1500);
    lines("as standby", 50);
    const found = await expectAll(own);
    expect(new Set(ofTurn(found, "as standby").map(({ under }) => under["role"]))).to.deep.equal(new Set(["standby"]));
    expect(new Set(ofTurn(found, "before").map(({ under }) => under["role"]))).to.deep.equal(new Set(["primary"]));
    await expectAll(peer);
  });

  it("wait on the disk while a Loki is down, and hold up the other one for nothing", async () => {
    await own.stop("SIGTERM");
    lines("while the own Loki is down", 500);
    await expectAll(peer);
    await own.start();
    await expectAll(own);
  });

  it("outlive the Collector's stop and its kill, with a Loki down and the file rotated meanwhile", async () => {
    await own.stop("SIGKILL");
    lines("before the stop", 200);
    await sleep(1200);
    await collector.stop("SIGTERM");
    lines("while it is stopped", 200);
    redis.rotate();
    lines("after the rotation", 200);
    await collector.start();
    await sleep(1200);
    lines("before the kill", 200);
    await collector.stop("SIGKILL");
    lines("while it is killed", 200);
    await collector.start();
    await own.start();
    await expectAll(own);
    await expectAll(peer);
  });

  it("are whole: a long one of parts, one of PostgreSQL with what belongs to it", async () => {
    const long = `long ${"x".repeat(50_000)}`;
    written.push(long);
    redis.write(long);
    const error = ["2026-12-01 10:00:00.000 UTC [7] ERROR:  no such table", "\tat character 15", "\tselect 1"];
    postgres.write(...error, "2026-12-01 10:00:00.001 UTC [7] LOG:  next");
    await expectAll(own);
    const found = await read(own, '{service="timescaledb"}');
    expect(found.map(({ text }) => text)).to.have.members([
      error.join("\n"),
      "2026-12-01 10:00:00.001 UTC [7] LOG:  next",
    ]);
  });

  it("of a guard have its decision and the drill's id as metadata", async () => {
    const line =
      "2026-12-01T10:00:00Z understudy: held fenced by drill 20261201t100000z-unplanned 1; the peer is silent";
    written.push(line);
    redis.write(line);
    await expectAll(own);
    const [found] = await read(own, '{service="redis"} | drill="20261201t100000z-unplanned"');
    expect(found?.text).to.equal(line);
    expect(found?.under["guard"]).to.equal("held");
  });

  it("of a container that was made anew are there from its first one on, by a signal", async () => {
    const grafana = new EngineLog(path.join(folder(), "containers"), GRAFANA);
    grafana.write("its first line");
    collector.tell({ ids: { redis: REDIS, timescaledb: POSTGRES, grafana: GRAFANA } });
    lines("after the signal", 20);
    await expectAll(own);
    const found = await read(own, '{service="grafana"}');
    expect(found.map(({ text }) => text)).to.deep.equal(["its first line"]);
  });

  it("are counted by the Collector in the words that the alerts ask for", async () => {
    const told = await collector.metrics();
    for (const name of ["otelcol_exporter_queue_size", "otelcol_exporter_queue_capacity"])
      expect(told, name).to.match(new RegExp(`^${name}\\{[^}]*exporter="otlp_http/own"[^}]*\\} `, "m"));
    expect(told).to.match(/^otelcol_exporter_sent_log_records/m);
  });
});
