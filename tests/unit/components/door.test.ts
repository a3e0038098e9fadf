import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { declareStack } from "../../../components/stack";
import { makeAuthority } from "../../../settings/certificates/issue";
import type { StackCertificates } from "../../../settings/certificates/stored";
import { clientsProblem } from "../../../settings/clients-section";
import type { Environment } from "../../../settings/environment";
import { frontRoutes, portTable, type FrontPlan } from "../../../settings/front";
import { viewFrom } from "../../../settings/pair";
import { DOOR_CONTAINERS, SERVICE_NAMES } from "../../../settings/services";
import { bundleFrom } from "../../support/issued";
import { declaredBy, type Declared } from "./mocked-engine";
import { sampleEnvironment, sampleListening } from "./sample";

const SECRETS = { postgres: "pg", replication: "repl", redis: "rd", grafana: "gf" };
const WITHOUT = sampleEnvironment(2, { agent: {} });
const PAIR = sampleEnvironment(2, { agent: {}, clients: {}, ports: { postgres: 15432, redis_tls: 16380 } });
const WHOLE: FrontPlan = { front: true, through: true, closed: true };

describe("the door, as it is declared", function () {
  this.timeout(30_000);
  let bundle: StackCertificates;
  before(async () => {
    bundle = await bundleFrom(PAIR, "host-a", await makeAuthority("sample", Date.now()), Date.now());
  });

  async function stack(environment: Environment): Promise<readonly Declared[]> {
    return declaredBy(() => {
      const view = viewFrom(environment, "host-a");
      const front = { ...WHOLE, certificates: pulumi.secret(bundle) };
      const words = { front, certificates: bundle };
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

  it("is there only where the environment asks for it, and changes no service's container", async () => {
    const [without, pair] = [await stack(WITHOUT), await stack({ ...WITHOUT, clients: PAIR.clients })];
    for (const name of DOOR_CONTAINERS) {
      expect(container(without, name), name).to.equal(undefined);
      expect(container(pair, name), name).to.not.equal(undefined);
    }
    for (const name of SERVICE_NAMES)
      expect(container(pair, name)?.inputs, name).to.deep.equal(container(without, name)?.inputs);
    expect(files(without, "timescaledb").get("pg_hba.conf")).to.not.include("understudy_door");
    expect(files(pair, "timescaledb").get("pg_hba.required.conf")).to.include(
      "hostssl understudy understudy_door all cert",
    );
    expect(frontRoutes(WITHOUT).some(({ path }) => path.includes("primary"))).to.equal(false);
  });

  it("leads to its own containers and to the other host's ports, and asks the other agent through its front", async () => {
    const config = files(await stack(PAIR), "door").get("door/haproxy.cfg") ?? "";
    expect(config).to.include("server own understudy-timescaledb:5432 track ask_postgres_own/agent");
    expect(config).to.include("server peer 203.0.113.2:15432 track ask_postgres_peer/agent");
    expect(config).to.include("server peer 203.0.113.2:16380 track ask_redis_peer/agent");
    expect(config).to.include("uri /primary?store=redis");
    expect(config).to.include("uri /agent/primary/redis");
    expect(config).to.match(/server agent 203\.0\.113\.2:9443 check .* verify required verifyhost host-b/);
    expect(frontRoutes(PAIR)).to.deep.include({
      ...{ store: "redis", method: "GET", path: "/agent/primary/redis", container: "agent", inside: 8008 },
      to: "/primary?store=redis",
    });
  });

  it("has no file of passwords, and its console and its orders are on no network", async () => {
    const all = await stack(PAIR);
    const pooler = files(all, "pooler").get("door/pgbouncer.ini") ?? "";
    expect(pooler).to.not.match(/^(auth_file|admin_users|[^;]*password)/im);
    expect(pooler).to.include("auth_dbname = understudy");
    expect(pooler).to.include("* = host=sample.understudy port=5433");
    expect(files(all, "door").get("door/haproxy.cfg")).to.include("stats socket /tmp/door.sock mode 600");
    for (const secret of Object.values(SECRETS))
      for (const name of DOOR_CONTAINERS)
        expect([...files(all, name).values()].join("\n")).to.not.include(`"${secret}"`);
    const ports = DOOR_CONTAINERS.flatMap(
      (name) => (container(all, name)?.inputs["ports"] ?? []) as { internal: number }[],
    );
    expect([...new Set(ports.map(({ internal }) => internal))].sort()).to.deep.equal([6381, 6432]);
    for (const name of DOOR_CONTAINERS) expect(container(all, name)?.inputs["user"]).to.equal("nobody");
    expect(portTable(PAIR, WHOLE).filter(({ key }) => key.startsWith("door_"))).to.deep.equal([
      { key: "door_postgres", port: 6432, container: "pooler", audience: "clients" },
      { key: "door_redis", port: 6381, container: "door", audience: "clients" },
    ]);
  });

  it("is refused in words where it could not work", () => {
    const { agent, ...noAgent } = PAIR;
    expect(agent).to.not.equal(undefined);
    expect(clientsProblem(PAIR, true)).to.equal(undefined);
    expect(clientsProblem(WITHOUT, false)).to.equal(undefined);
    expect(clientsProblem(noAgent, true)).to.include("add the section agent");
    expect(clientsProblem(PAIR, false)).to.include("understudy certificates --execute");
    expect(clientsProblem({ ...PAIR, encryption: "plain" }, true)).to.include("no encryption: plain");
    expect(clientsProblem(sampleEnvironment(1, { agent: {}, clients: {} }), true)).to.include("one host");
  });
});
