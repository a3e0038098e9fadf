import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { sendJson } from "../../drills/hosts/http";
import { HOST_A, HOST_B, LAB_HOSTS, type LabHost } from "../../lab/host/layout";
import { labPair } from "../../lab/host/lab-pair";
import { readyPair } from "../../lab/host/pair-care";
import { run } from "../../lab/host/run";
import type { Diagnosis } from "../../operator/doctor/doctor";
import { loadEnvironment } from "../../settings/load-environment";
import { containerName } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { CONTAINER_NAMES, type ContainerName } from "../../settings/services";
import { good, untilWhole, type HostName } from "../support/lab-pair";
import { LAB_ENVIRONMENT, labEnvironment, pulumi, understudy } from "../support/lab-stacks";
import { LAB_PLAIN, makeEncrypted, makePlain } from "../support/plain-lab";
import { answeringPorts } from "../support/published-ports";
import { scan } from "../support/scan-ports";

const SSH = 22;
/** Each Prometheus scrapes every 15 s, and its container and what it scrapes are replaced once, Tempo's with half a minute. */
const LONGEST_GAP_SECONDS = 150;
const SCRAPED = { deadlineMs: 90_000, pauseMs: 1000 };

interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: string;
}

/** Asks a host's Prometheus through SSH. */
function askPrometheus<T>(host: LabHost, asked: string): Promise<T> {
  const { self } = viewFrom(labEnvironment(), host.name);
  const port = labEnvironment().ports.prometheus;
  return sendJson({ host: self, port, path: `/api/v1${asked}`, timeoutMs: 10_000 }).then(
    (answer) => (answer as { data: T }).data,
  );
}

async function targetsOf(host: LabHost): Promise<readonly Target[]> {
  return (await askPrometheus<{ activeTargets: Target[] }>(host, "/targets?state=active")).activeTargets;
}

/** The labels of every target, as its series carry them, in an order of their own. */
const seriesOf = (targets: readonly Target[]): string[] =>
  targets.map(({ labels }) => JSON.stringify(Object.entries(labels).sort())).sort();

/** The ids of the containers of a host, by service. */
async function containerIds(host: LabHost): Promise<ReadonlyMap<ContainerName, string>> {
  const engine = connectEngine(viewFrom(labEnvironment(), host.name).self);
  try {
    const all = await engine.docker.listContainers({ all: true });
    const named = CONTAINER_NAMES.flatMap((name) =>
      all.filter(({ Names: names }) => names.includes(`/${containerName(name)}`)).map(({ Id }) => [name, Id] as const),
    );
    return new Map(named);
  } finally {
    engine.close();
  }
}

async function findings(check: string, file: string): Promise<readonly (readonly [string | null, string, string])[]> {
  const { stdout } = await understudy("doctor", "--env-config", file, "--output", "json");
  const { findings: all } = JSON.parse(stdout) as Diagnosis;
  return all.filter((one) => one.check === check).map(({ host, state, detail }) => [host, state, detail] as const);
}

describe("the TLS front of a pair that gets certificates", function () {
  this.timeout(1_200_000);
  let primary: HostName;
  let earlier: { series: readonly string[][]; ids: readonly ReadonlyMap<ContainerName, string>[]; atSeconds: number };

  before(async () => {
    const pair = await readyPair(labPair(labEnvironment()), () => undefined);
    primary = pair.primary.name;
    await makePlain();
    await untilWhole(primary);
  });

  after(async () => {
    await makeEncrypted();
    await untilWhole(primary);
  });

  it("is not there without certificates, and doctor says so", async () => {
    const open = answeringPorts(loadEnvironment(LAB_PLAIN), "clients");
    expect(await scan(HOST_A.address)).to.deep.equal([SSH, ...open]);
    for (const [host, state, detail] of await findings("front", LAB_PLAIN))
      expect(`${host ?? ""} ${state} ${detail}`).to.match(/^host-[ab] good none: without certificates/);
    const targets = await Promise.all(LAB_HOSTS.map(targetsOf));
    earlier = {
      series: targets.map(seriesOf),
      ids: await Promise.all(LAB_HOSTS.map(containerIds)),
      atSeconds: Date.now() / 1000,
    };
  });

  it("comes by one `up`, which keeps PostgreSQL's containers", async () => {
    await makeEncrypted();
    const ids = await Promise.all(LAB_HOSTS.map(containerIds));
    for (const [at, now] of ids.entries()) {
      expect(now.get("timescaledb")).to.equal(earlier.ids[at]?.get("timescaledb"));
      expect(now.has("front")).to.equal(true);
      expect(now.get("loki"), "the control: what speaks HTTP is made anew").to.not.equal(earlier.ids[at]?.get("loki"));
    }
    await untilWhole(primary);
  });

  for (const host of LAB_HOSTS) {
    const other = host === HOST_A ? HOST_B : HOST_A;

    // A scan takes half a minute, and 16-listen scans host-a.
    if (host === HOST_B)
      it(`of ${host.name}: a scan from your machine and from ${other.name} finds the ports of the table`, async () => {
        const forClients = answeringPorts(labEnvironment(), "clients");
        expect(await scan(host.address)).to.deep.equal([SSH, ...forClients]);
        const forPeer = answeringPorts(labEnvironment(), "clients", "peer");
        expect(await scan(host.replicationAddress, other)).to.deep.equal([SSH, ...forPeer]);
      });

    it(`of ${host.name}: lets nobody in without a certificate`, async () => {
      const { ports } = labEnvironment();
      const script = `
const socket = require("node:tls").connect({ host: process.argv[1], port: Number(process.argv[2]), rejectUnauthorized: false });
let said = "";
socket.on("secureConnect", () => socket.write("GET /prometheus/metrics HTTP/1.0\\r\\n\\r\\n"));
socket.on("data", (text) => (said += text)).on("error", () => undefined).on("close", () => console.log(JSON.stringify(said)));
setTimeout(() => socket.destroy(), 8000).unref();`;
      const words = [`--net=${other.namespaceFile}`, process.execPath, "-e", script, host.replicationAddress];
      expect((await run("nsenter", [...words, String(ports.front)])).trim()).to.equal('""');
    });

    it(`of ${host.name}: Prometheus has every series of before, and asks ${other.name} through its front alone`, async () => {
      const { reading } = await pollUntil(
        () => targetsOf(host),
        (all) => all.length > 0 && all.every(({ health }) => health === "up"),
        SCRAPED,
      );
      expect(reading.filter(({ health }) => health !== "up")).to.deep.equal([]);
      expect(seriesOf(reading)).to.deep.equal(earlier.series[LAB_HOSTS.indexOf(host)]);
      const { ports } = labEnvironment();
      const front = `https://${other.replicationAddress}:${String(ports.front)}/`;
      const abroad = reading.filter(({ labels }) => labels["host"] === other.name);
      expect(abroad.filter(({ scrapeUrl }) => !scrapeUrl.startsWith(front))).to.deep.equal([]);
      const { activeAlertmanagers: told } = await askPrometheus<{ activeAlertmanagers: { url: string }[] }>(
        host,
        "/alertmanagers",
      );
      expect(told.map(({ url }) => url)).to.have.members([
        "http://understudy-alertmanager:9093/api/v2/alerts",
        `${front}alertmanager/api/v2/alerts`,
      ]);
    });

    it(`of ${host.name}: no target was without a scrape for long`, async () => {
      const seconds = Math.ceil(Date.now() / 1000 - earlier.atSeconds);
      const query = new URLSearchParams({ query: `up{job="understudy"}[${String(seconds)}s]` });
      const { result } = await askPrometheus<{
        result: { metric: Record<string, string>; values: [number, string][] }[];
      }>(host, `/query?${query.toString()}`);
      const gaps = result.map(({ metric, values }) => {
        const at = values.flatMap(([moment, up]) => (up === "1" ? [moment] : []));
        const longest = Math.max(...at.slice(1).map((moment, index) => moment - (at[index] ?? moment)));
        return `${metric["service"] ?? ""} on ${metric["host"] ?? ""}: ${longest.toFixed(0)}`;
      });
      expect(result.length).to.equal(earlier.series[0]?.length);
      expect(gaps.filter((one) => Number(one.split(": ")[1]) > LONGEST_GAP_SECONDS)).to.deep.equal([]);
    });
  }

  it("is known to doctor", async () => {
    expect((await findings("front", LAB_ENVIRONMENT)).map(([host, state]) => `${host ?? ""} ${state}`)).to.deep.equal([
      "host-a good",
      "host-b good",
    ]);
    for (const [host, state, detail] of await findings("reach", LAB_ENVIRONMENT))
      expect(state, `${host ?? ""}: ${detail}`).to.equal("good");
  });

  it("asks for nothing more: another preview changes nothing", async () => {
    for (const stack of ["primary", "standby"]) good(await pulumi("-s", stack, "preview", "--expect-no-changes"));
  });
});
