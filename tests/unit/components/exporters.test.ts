import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { declareStack } from "../../../components/stack";
import { makeAuthority } from "../../../settings/certificates/issue";
import type { StackCertificates } from "../../../settings/certificates/stored";
import type { Environment } from "../../../settings/environment";
import { frontRoutes, portTable, type FrontPlan } from "../../../settings/front";
import { declaredContainers, viewFrom } from "../../../settings/pair";
import { exporterTargets } from "../../../settings/scrape-targets";
import { EXPORTER_NAMES, SERVICE_NAMES } from "../../../settings/services";
import { bundleFrom } from "../../support/issued";
import { declaredBy, type Declared } from "./mocked-engine";
import { sampleEnvironment, sampleListening } from "./sample";

const SECRETS = { postgres: "pg", replication: "repl", redis: "rd", grafana: "gf" };
const WITHOUT = sampleEnvironment(2);
const PAIR = sampleEnvironment(2, { exporters: {} });
const WHOLE: FrontPlan = { front: true, through: true, closed: true };

describe("the exporters, as they are declared", function () {
  this.timeout(120_000);
  let bundle: StackCertificates;
  before(async () => {
    bundle = await bundleFrom(PAIR, "host-a", await makeAuthority("sample", Date.now()), Date.now());
  });

  async function stack(environment: Environment, plan?: FrontPlan): Promise<readonly Declared[]> {
    return declaredBy(() => {
      const view = viewFrom(environment, "host-a");
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

  it("are there only where the environment asks for them, and change no other container", async () => {
    const [without, pair] = [await stack(WITHOUT), await stack(PAIR)];
    expect(declaredContainers(WITHOUT)).to.not.include.members([...EXPORTER_NAMES]);
    for (const name of EXPORTER_NAMES) expect(container(without, name), name).to.equal(undefined);
    for (const name of SERVICE_NAMES)
      expect(container(pair, name)?.inputs, name).to.deep.equal(container(without, name)?.inputs);
  });

  it("run as nobody without a capability, with no secret among their inputs, and memory for each", async () => {
    const all = await stack(PAIR, WHOLE);
    for (const name of EXPORTER_NAMES) {
      const { inputs } = container(all, name) ?? expect.fail(name);
      expect(inputs, name).to.deep.include({ user: "nobody", memory: 64, capabilities: { drops: ["ALL"] } });
      const password = files(all, name).get("password");
      if (password !== undefined) expect(JSON.stringify(inputs), name).to.not.include(password);
    }
  });

  it("log in as their own account: encrypted where our sessions are, and plainly elsewhere", async () => {
    const [plain, whole] = [await stack(PAIR), await stack(PAIR, WHOLE)];
    const said = (all: readonly Declared[]): string =>
      JSON.stringify([
        container(all, "postgres-exporter")?.inputs["envs"],
        container(all, "redis-exporter")?.inputs["command"],
      ]);
    expect(said(plain)).to.include("understudy-timescaledb:5432/understudy?sslmode=disable");
    expect(said(plain)).to.include('redis.addr=redis://understudy-redis:6379","-redis.user=understudy_exporter');
    expect(said(whole)).to.include("sslmode=verify-ca&sslsni=0&sslrootcert=/understudy/files/current/ca.crt");
    expect(said(whole)).to.include("redis.addr=rediss://understudy-redis:6380");
    const map = JSON.parse(files(whole, "redis-exporter").get("password") ?? "{}") as Record<string, string>;
    expect(Object.keys(map)).to.deep.equal(["rediss://understudy_exporter@understudy-redis:6380"]);
    expect([...files(plain, "postgres-exporter").keys()]).to.deep.equal(["password"]);
    expect([...files(whole, "postgres-exporter").keys()]).to.deep.equal(["password", "ca.crt"]);
  });

  it("see the machine's files read-only, and of no other volume", async () => {
    const { inputs } = container(await stack(PAIR), "node-exporter") ?? expect.fail("none");
    expect(inputs["volumes"]).to.deep.equal([
      { volumeName: "understudy-node-exporter-files", containerPath: "/understudy/files", readOnly: true },
      { hostPath: "/", containerPath: "/host", readOnly: true },
    ]);
  });

  it("are scraped by both hosts in a job of their own, through the front by one path each, with their rules", async () => {
    expect(exporterTargets(WITHOUT)).to.deep.equal([]);
    expect(frontRoutes(PAIR).filter(({ container: of }) => of.endsWith("-exporter"))).to.have.length(3);
    expect(
      portTable(PAIR, WHOLE).filter(({ audience, container: of }) => of.endsWith("-exporter") && audience !== "host"),
    ).to.deep.equal([]);
    expect(exporterTargets(PAIR, { self: "host-a", plan: WHOLE }).map(({ targets }) => targets[0])).to.deep.equal([
      ...["understudy-postgres-exporter:9187", "understudy-redis-exporter:9121", "understudy-node-exporter:9100"],
      ...Array.from({ length: 3 }, () => "203.0.113.2:9443"),
    ]);
    const got = files(await stack(PAIR), "prometheus");
    expect(got.get("prometheus.yml")).to.include('"job_name":"understudy-exporters"');
    expect([...got.keys()]).to.include("rules/exporters.yml");
  });

  it("leave Prometheus a bound of its room: what the environment says, or 256 MiB for each day", async () => {
    const bound = async (policy: object): Promise<unknown> =>
      container(await stack(sampleEnvironment(2, { policy })), "prometheus")?.inputs["command"];
    expect(await bound({ retention_days: 9 })).to.include("--storage.tsdb.retention.size=2304MB");
    expect(await bound({ prometheus_max_mib: 700 })).to.include("--storage.tsdb.retention.size=700MB");
  });
});
