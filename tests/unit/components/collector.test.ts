import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { declareStack } from "../../../components/stack";
import { makeAuthority } from "../../../settings/certificates/issue";
import type { StackCertificates } from "../../../settings/certificates/stored";
import type { Environment } from "../../../settings/environment";
import { frontRoutes, portTable, type FrontPlan } from "../../../settings/front";
import { logsProblem } from "../../../settings/logs";
import { declaredContainers, viewFrom } from "../../../settings/pair";
import { collectorTargets } from "../../../settings/scrape-targets";
import { SERVICE_NAMES } from "../../../settings/services";
import { bundleFrom } from "../../support/issued";
import { declaredBy, type Declared } from "./mocked-engine";
import { sampleEnvironment, sampleListening } from "./sample";

const SECRETS = { postgres: "pg", replication: "repl", redis: "rd", grafana: "gf" };
const WITHOUT = sampleEnvironment(2, { agent: {} });
const PAIR = sampleEnvironment(2, { agent: {}, exporters: {}, logs: { data_roots: { "host-b": "/srv/docker" } } });
const WHOLE: FrontPlan = { front: true, through: true, closed: true };

interface Config {
  readonly receivers: {
    readonly file_log: { readonly include: readonly string[]; readonly operators: readonly object[] };
  };
  readonly exporters: Readonly<
    Record<string, { readonly logs_endpoint: string; readonly tls?: Record<string, string> }>
  >;
}

describe("the Collector of logs, as it is declared", function () {
  this.timeout(120_000);
  let bundle: StackCertificates;
  before(async () => {
    bundle = await bundleFrom(PAIR, "host-a", await makeAuthority("sample", Date.now()), Date.now());
  });

  async function stack(environment: Environment, plan?: FrontPlan, host = "host-a"): Promise<readonly Declared[]> {
    return declaredBy(() => {
      const view = viewFrom(environment, host);
      const words = plan && { certificates: bundle, front: { ...plan, certificates: pulumi.secret(bundle) } };
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
  const config = (all: readonly Declared[]): Config =>
    JSON.parse((files(all, "collector").get("collector.yaml") ?? "").replaceAll("$$", "$")) as Config;

  it("is there only where the environment asks for it, and changes no service's container", async () => {
    const [without, pair] = [await stack(WITHOUT), await stack(PAIR)];
    expect(declaredContainers(WITHOUT)).to.not.include("collector");
    expect(declaredContainers(PAIR)).to.include("collector");
    expect(container(without, "collector")).to.equal(undefined);
    for (const name of SERVICE_NAMES)
      expect(container(pair, name)?.inputs, name).to.deep.equal(container(without, name)?.inputs);
  });

  it("needs the agent, which says the role, and names no host that is not there", () => {
    expect(logsProblem(PAIR)).to.equal(undefined);
    expect(logsProblem({ ...PAIR, agent: undefined })).to.include("next: add the section agent");
    expect(logsProblem({ ...PAIR, logs: { data_roots: { "host-z": "/x" } } })).to.include("there is no host host-z");
  });

  it("reads Docker's files of the host, and may do nothing else", async () => {
    for (const [host, folder] of [
      ["host-a", "/var/lib/docker/containers"],
      ["host-b", "/srv/docker/containers"],
    ] as const) {
      const { inputs } = container(await stack(PAIR, undefined, host), "collector") ?? expect.fail(host);
      expect(inputs).to.deep.include({ user: "0", memory: 192, capabilities: { drops: ["ALL"] } });
      expect(inputs["volumes"]).to.deep.include({
        hostPath: folder,
        containerPath: "/engine/containers",
        readOnly: true,
      });
      expect(inputs).to.not.have.property("healthcheck");
    }
  });

  it("takes the log of every other container by its id, through the role that the agent writes", async () => {
    const all = await stack(PAIR, WHOLE);
    const { include, operators } = config(all).receivers.file_log;
    const others = declaredContainers(PAIR).filter((name) => name !== "collector");
    expect(include).to.have.length(others.length + 1);
    for (const name of [...others, "front"]) expect(JSON.stringify(operators), name).to.include(`\\"${name}\\"`);
    expect(include[0]).to.match(/^\/var\/lib\/otelcol\/roles\/\*\/(.+)\/\1-json\.log\*$/);
    const agent = container(all, "agent")?.inputs["volumes"];
    expect(agent).to.deep.include({ volumeName: "understudy-collector-data", containerPath: "/collector" });
    expect(JSON.parse(files(all, "agent").get("agent.json") ?? "")).to.include({ rolesFolder: "/collector/roles" });
  });

  it("sends to both hosts' Lokis: its own over the host's network, the other through the front", async () => {
    const [plain, whole] = [config(await stack(PAIR)), config(await stack(PAIR, WHOLE))];
    const url = ({ exporters }: Config, name: string): string | undefined => exporters[name]?.logs_endpoint;
    expect(url(whole, "otlp_http/own")).to.equal("http://understudy-loki:3100/otlp/v1/logs");
    expect(url(plain, "otlp_http/peer")).to.match(/^http:\/\/203\.0\.113\.2:13100\/otlp\/v1\/logs$/);
    expect(url(whole, "otlp_http/peer")).to.equal("https://203.0.113.2:9443/loki/otlp/v1/logs");
    expect(whole.exporters["otlp_http/peer"]?.tls).to.include({ server_name_override: "host-b" });
    expect(frontRoutes(PAIR).map(({ method, path }) => `${method} ${path}`)).to.include.members([
      ...["POST /loki/otlp/v1/logs", "GET /collector/metrics"],
    ]);
    expect(portTable(PAIR, WHOLE).find(({ key }) => key === "collector")?.audience).to.equal("host");
  });

  it("is scraped by both hosts in a job of its own, with its rules", async () => {
    expect(collectorTargets(WITHOUT)).to.deep.equal([]);
    expect(collectorTargets(PAIR, { self: "host-a", plan: WHOLE }).map(({ targets }) => targets[0])).to.deep.equal([
      ...["understudy-collector:8888", "203.0.113.2:9443"],
    ]);
    const got = files(await stack(PAIR), "prometheus");
    expect(got.get("prometheus.yml")).to.include('"job_name":"understudy-collectors"');
    expect([...got.keys()]).to.include("rules/logs.yml");
  });
});
