import { expect } from "chai";
import { parse, stringify } from "yaml";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DASHBOARDS } from "../../components/dashboards";
import { pollUntil } from "../../drills/hosts/bounded";
import { sendJson } from "../../drills/hosts/http";
import { HOST_A, LAB_HOSTS, type LabHost } from "../../lab/host/layout";
import { EXPORTER_NAMES } from "../../settings/services";
import { viewFrom } from "../../settings/pair";
import { declareEnvironment } from "../support/lab-with-backups";
import { LAB_ENVIRONMENT, labEnvironment, understudy } from "../support/lab-stacks";
import { untilAllWell } from "../support/until-all-well";

/** What has nothing on the lab, and why: the rest has to have data. */
const WITHOUT_DATA = new Set([
  "Jobs of TimescaleDB at work",
  // The lab declares no backups here, and no bound of Redis' memory.
  ...["Memory used, of its bound", "Memory", "Since the last drill", "When", "Outage", "Outages of the last drills"],
  ...(DASHBOARDS.find(({ uid }) => uid === "understudy-backups")?.panels.map(({ title }) => title) ?? []),
  // Told by the file that `status --ready` writes for node_exporter, or by nobody.
  "Ready",
  "First certificate ends in",
]);

/** After `lab up` with the programs of `toolchain/setup.sh --only exporters`. */
describe("exporters and dashboards, on the lab", function () {
  this.timeout(900_000);
  let folder: string;
  let file: string;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "exporters-"));
    file = path.join(folder, "environment.yaml");
    const lab = parse(readFileSync(LAB_ENVIRONMENT, "utf8")) as object;
    writeFileSync(file, stringify({ ...lab, agent: {}, exporters: {} }));
    await declareEnvironment(file);
    const { code, stderr } = await understudy("up", "--env-config", file, "--execute");
    expect(code, stderr).to.equal(0);
    await untilAllWell();
  });
  after(async () => {
    await declareEnvironment(LAB_ENVIRONMENT);
    await understudy("up", "--env-config", LAB_ENVIRONMENT, "--execute");
    rmSync(folder, { recursive: true, force: true });
  });

  function query(host: LabHost, asked: string): Promise<readonly { metric: Record<string, string> }[]> {
    const { self } = viewFrom(labEnvironment(), host.name);
    const words = new URLSearchParams({ query: asked }).toString();
    const what = {
      host: self,
      port: labEnvironment().ports.prometheus,
      path: `/api/v1/query?${words}`,
      timeoutMs: 10_000,
    };
    return sendJson(what).then((answer) => (answer as { data: { result: [] } }).data.result);
  }

  it("are scraped on both hosts by both hosts, and their servers let them in", async () => {
    for (const host of LAB_HOSTS) {
      const { reading } = await pollUntil(
        () => query(host, 'up{job="understudy-exporters"} == 1'),
        (found) => found.length === 2 * EXPORTER_NAMES.length,
        { deadlineMs: 120_000, pauseMs: 2000 },
      );
      expect(reading, host.name).to.have.length(2 * EXPORTER_NAMES.length);
      expect(await query(host, "pg_up == 1"), host.name).to.have.length(2);
      expect(await query(host, "redis_up == 1"), host.name).to.have.length(2);
      expect(await query(host, 'ALERTS{alertname=~"Exporter.*|SlotLogMissing", alertstate="firing"}')).to.deep.equal(
        [],
      );
    }
  });

  it("give every panel data, but for what the lab does not have", async () => {
    const host = HOST_A;
    for (const { title: dashboard, panels } of DASHBOARDS)
      for (const { title, queries } of panels) {
        if (WITHOUT_DATA.has(title)) continue;
        for (const { ask, source = "prometheus" } of queries) {
          if (source !== "prometheus") continue;
          const asked = ask.replaceAll("$__rate_interval", "1m").replaceAll("$drill", ".*");
          expect(await query(host, asked), `${dashboard}: ${title}`).to.have.length.greaterThan(0);
        }
      }
  });

  it("are listed by the lab's stand-in for Grafana, with the uid of each", async () => {
    const host = HOST_A;
    const { self } = viewFrom(labEnvironment(), host.name);
    const answer = await sendJson({
      ...{ host: self, port: labEnvironment().ports.grafana, path: "/api/provisioned", timeoutMs: 10_000 },
    });
    expect((answer as { uids: string[] }).uids.sort()).to.deep.equal(DASHBOARDS.map(({ uid }) => uid).sort());
  });
});
