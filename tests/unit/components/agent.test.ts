import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { agentProgram } from "../../../components/agent";
import { declareStack } from "../../../components/stack";
import type { AgentConfig } from "../../../settings/agent-config";
import { makeAuthority } from "../../../settings/certificates/issue";
import type { StackCertificates } from "../../../settings/certificates/stored";
import type { Environment } from "../../../settings/environment";
import { frontRoutes, OPEN, portTable, type FrontPlan } from "../../../settings/front";
import { viewFrom } from "../../../settings/pair";
import { agentTargets, scrapeTargets } from "../../../settings/scrape-targets";
import { SERVICE_NAMES } from "../../../settings/services";
import { bundleFrom } from "../../support/issued";
import { temporaryFolder } from "../../support/temporary-folder";
import { declaredBy, type Declared } from "./mocked-engine";
import { sampleEnvironment, sampleListening } from "./sample";

const SECRETS = { postgres: "pg", replication: "repl", redis: "rd", grafana: "gf" };
const WITHOUT = sampleEnvironment(2);
const PAIR = sampleEnvironment(2, { agent: { image: "node:1" }, ports: { agent: 18008, front: 19443 } });
const WHOLE: FrontPlan = { front: true, through: true, closed: true };

describe("the agent, as it is declared", function () {
  this.timeout(30_000);
  const folder = temporaryFolder();
  let bundle: StackCertificates;
  before(async () => {
    bundle = await bundleFrom(PAIR, "host-a", await makeAuthority("sample", Date.now()), Date.now());
  });

  async function stack(environment: Environment, plan?: FrontPlan): Promise<readonly Declared[]> {
    return declaredBy(() => {
      const view = viewFrom(environment, "host-a");
      const certificates = plan && bundle;
      const front = plan && { ...plan, certificates: pulumi.secret(bundle) };
      const words = { front, ...(certificates && { certificates }) };
      const { services } = declareStack(environment, view, sampleListening(environment), pulumi.secret(SECRETS), words);
      return [...services, ...services.map((one) => (one as unknown as { container: pulumi.Resource }).container)];
    });
  }

  const container = (all: readonly Declared[], name: string): Declared | undefined =>
    all.find(({ inputs }) => inputs["name"] === `understudy-${name}`);
  const files = (all: readonly Declared[], name: string): ReadonlyMap<string, string> => {
    const found = all.find(({ type, inputs }) => type.endsWith("HostFiles") && inputs["service"] === name);
    const list = (found?.inputs["files"] ?? []) as { name: string; content: string }[];
    return new Map(list.map((one) => [one.name, one.content]));
  };
  const config = (all: readonly Declared[]): AgentConfig =>
    JSON.parse(files(all, "agent").get("agent.json") ?? "{}") as AgentConfig;

  it("is there only where the environment asks for it, and changes no other container", async () => {
    const [without, pair] = [await stack(WITHOUT), await stack({ ...WITHOUT, agent: { image: "n", memory_mib: 128 } })];
    expect(container(without, "agent")).to.equal(undefined);
    for (const name of SERVICE_NAMES)
      expect(container(pair, name)?.inputs, name).to.deep.equal(container(without, name)?.inputs);
    expect(files(without, "prometheus").get("prometheus.yml")).to.not.include("understudy-agent");
    expect([...files(without, "prometheus").keys()]).to.deep.equal(["prometheus.yml", "rules/understudy.yml"]);
  });

  it("may read other accounts' files and nothing else, has no data of its own, and no secret among its inputs", async () => {
    const all = await stack(PAIR, WHOLE);
    const { inputs } = container(all, "agent") ?? expect.fail("no agent");
    expect(inputs["capabilities"]).to.deep.equal({ drops: ["ALL"], adds: ["DAC_READ_SEARCH"] });
    expect(inputs["volumes"]).to.deep.equal([
      { volumeName: "understudy-agent-files", containerPath: "/understudy/files", readOnly: true },
      { volumeName: "understudy-timescaledb-data", containerPath: "/stores/timescaledb", readOnly: true },
      { volumeName: "understudy-redis-data", containerPath: "/stores/redis", readOnly: true },
    ]);
    expect(inputs["envs"]).to.deep.equal([]);
    const text = JSON.stringify(inputs);
    for (const name of ["postgres", "redis", "front/client.key"])
      expect(text, name).to.not.include(JSON.stringify(files(all, "agent").get(name) ?? "?").slice(1, -1));
  });

  it("gets its own two passwords, every certificate without its key, and what it shows at the other host's front", async () => {
    const got = files(await stack(PAIR, WHOLE), "agent");
    expect([...got.keys()].filter((name) => name.includes("key"))).to.deep.equal(["front/client.key"]);
    expect(
      [...got].filter(([name, text]) => name !== "front/client.key" && text.includes("PRIVATE KEY")),
    ).to.deep.equal([]);
    expect([...got.keys()]).to.include.members([
      "agent.json",
      "postgres",
      "redis",
      "ca.crt",
      "certificates/server.pem",
    ]);
    expect([...files(await stack(PAIR), "agent").keys()]).to.deep.equal(["agent.json", "postgres", "redis"]);
  });

  it("is told where its stores and the other host's agent are: plainly, or through the front", async () => {
    const plain = config(await stack(PAIR));
    expect(plain).to.deep.include({ host: "host-a", port: 8008, lagObjectiveBytes: 16_777_216 });
    expect(plain.peer).to.deep.equal({ host: "host-b", url: "http://203.0.113.2:18008/peer" });
    expect(plain.stores.redis).to.deep.equal({
      ...{
        address: "understudy-redis",
        port: 6379,
        tlsPort: 6380,
        encrypts: false,
        guardFolder: "/stores/redis/understudy",
      },
    });
    const whole = config(await stack(PAIR, WHOLE));
    expect(whole.peer?.url).to.equal("https://203.0.113.2:19443/agent/peer");
    expect(whole.stores.timescaledb.encrypts).to.equal(true);
    const alone = sampleEnvironment(1, { agent: {} });
    expect(config(await stack(alone)).peer).to.equal(null);
  });

  it("passes the front by two paths alone, and is published for clients, or on loopback", () => {
    const paths = frontRoutes(PAIR).filter((one) => one.container === "agent");
    expect(paths.map(({ method, path: at, to }) => `${method} ${at} ${to}`)).to.deep.equal([
      "GET /agent/metrics /metrics",
      "GET /agent/peer /peer",
    ]);
    expect(portTable(PAIR, OPEN)).to.deep.include({
      key: "agent",
      port: 18008,
      container: "agent",
      audience: "clients",
    });
    expect(portTable(PAIR, WHOLE)).to.deep.include({ key: "agent", port: 18008, container: "agent", audience: "host" });
  });

  it("is scraped every 5 s by both hosts, by the same ways as the services, in a job of its own", async () => {
    expect(agentTargets(WITHOUT)).to.deep.equal([]);
    expect(scrapeTargets(PAIR)).to.deep.equal(scrapeTargets({ ...PAIR, agent: undefined }));
    expect(agentTargets(PAIR, { self: "host-a", plan: WHOLE })).to.deep.equal([
      {
        targets: ["understudy-agent:8008"],
        labels: { host: "host-a", service: "agent", instance: "203.0.113.1:18008" },
      },
      {
        targets: ["203.0.113.2:19443"],
        labels: {
          ...{ host: "host-b", service: "agent", __scheme__: "https", __metrics_path__: "/agent/metrics" },
          instance: "203.0.113.2:18008",
        },
      },
    ]);
    const prometheus = files(await stack(PAIR, WHOLE), "prometheus").get("prometheus.yml") ?? "";
    expect(prometheus).to.include('"job_name":"understudy-agent","scrape_interval":"5s","scrape_timeout":"4s"');
  });

  it("is one file that Node runs without any package, and the same each time", () => {
    const program = agentProgram();
    expect(agentProgram()).to.equal(program);
    expect(Buffer.byteLength(program)).to.be.lessThan(200_000);
    const file = path.join(folder(), "agent.js");
    writeFileSync(file, program);
    const nobody = spawnSync(process.execPath, [file, "--live", "1"], { cwd: folder(), encoding: "utf8", env: {} });
    expect({ status: nobody.status, stderr: nobody.stderr }).to.deep.equal({ status: 1, stderr: "" });
  });
});
