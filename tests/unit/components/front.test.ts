import { expect } from "chai";
import * as pulumi from "@pulumi/pulumi";
import { declareStack } from "../../../components/stack";
import { makeAuthority } from "../../../settings/certificates/issue";
import type { StackCertificates } from "../../../settings/certificates/stored";
import { portTable, type FrontPlan } from "../../../settings/front";
import type { HostListening } from "../../../settings/listen";
import { viewFrom } from "../../../settings/pair";
import { CONTAINER_NAMES, isStore, SERVICE_NAMES, SERVICES } from "../../../settings/services";
import { bundleFrom } from "../../support/issued";
import { declaredBy, type Declared } from "./mocked-engine";
import { sampleEnvironment, sampleListening } from "./sample";

const SECRETS = { postgres: "pg", replication: "repl", redis: "rd", grafana: "gf", backup: "bk" };
const PAIR = sampleEnvironment(2, { backup: { image: "backup:1", memory_mib: 256 } });
const WHOLE: FrontPlan = { front: true, through: true, closed: true };
const FIRST_ROUND: FrontPlan = { front: true, through: false, closed: false };

interface Port {
  readonly ip: string;
  readonly external: number;
}

interface StackWords {
  readonly environment?: typeof PAIR;
  readonly listening?: HostListening;
  readonly bundle?: StackCertificates;
}

describe("the front, as it is declared", function () {
  this.timeout(20_000);
  let certificates: StackCertificates;
  before(async () => {
    certificates = await bundleFrom(PAIR, "host-a", await makeAuthority("sample", Date.now()), Date.now());
  });

  /** The containers of a host, and what fills their files, by service. */
  async function stack(
    plan?: FrontPlan,
    { environment = PAIR, listening = sampleListening(environment), bundle = certificates }: StackWords = {},
  ): Promise<{ container: (name: string) => Declared | undefined; files: (name: string) => Declared | undefined }> {
    const all = await declaredBy(() => {
      const front = plan && { ...plan, certificates: pulumi.secret(bundle) };
      const view = viewFrom(environment, "host-a");
      const { services } = declareStack(environment, view, listening, pulumi.secret(SECRETS), { front });
      return [...services, ...services.map((one) => (one as unknown as { container: pulumi.Resource }).container)];
    });
    return {
      container: (name) => all.find(({ inputs }) => inputs["name"] === `understudy-${name}`),
      files: (name) => all.find(({ type, inputs }) => type.endsWith("HostFiles") && inputs["service"] === name),
    };
  }

  const portsOf = (one: Declared | undefined): readonly Port[] => (one?.inputs["ports"] ?? []) as Port[];
  const fileOf = (one: Declared | undefined, name: string): string | undefined =>
    (one?.inputs["files"] as { name: string; content: string }[] | undefined)?.find((file) => file.name === name)
      ?.content;

  const ADDRESSES = {
    clients: ["198.51.100.1", "203.0.113.1", "127.0.0.1"],
    peer: ["203.0.113.1"],
    host: ["127.0.0.1"],
  };

  for (const [name, plan] of [
    ["without certificates", undefined],
    ["with certificates", WHOLE],
    ["in the first round of a running pair", FIRST_ROUND],
  ] as const) {
    it(`publishes ${name} what the table says, and nothing else`, async () => {
      const { container } = await stack(plan);
      const published = CONTAINER_NAMES.flatMap((one) => portsOf(container(one)));
      const table = portTable(PAIR, plan ?? { front: false, closed: false });
      for (const { port, audience, key } of table) {
        const ips = published.filter(({ external }) => external === port).map(({ ip }) => ip);
        expect(new Set(ips), key).to.deep.equal(new Set(ADDRESSES[audience]));
      }
      expect(new Set(published.map(({ external }) => external))).to.deep.equal(new Set(table.map(({ port }) => port)));
    });
  }

  it("touches no store, in any round", async () => {
    const [plain, first, whole] = [await stack(), await stack(FIRST_ROUND), await stack(WHOLE)];
    for (const store of SERVICE_NAMES.filter(isStore)) {
      for (const { container, files } of [first, whole]) {
        expect(container(store)?.inputs, store).to.deep.equal(plain.container(store)?.inputs);
        expect(files(store)?.inputs, store).to.deep.equal(plain.files(store)?.inputs);
      }
    }
  });

  it("replaces no container of any service in the first round", async () => {
    const [plain, first] = [await stack(), await stack(FIRST_ROUND)];
    for (const name of [...SERVICE_NAMES, "backup"])
      expect(first.container(name)?.inputs, name).to.deep.equal(plain.container(name)?.inputs);
  });

  it("is there for a pair with certificates alone", async () => {
    expect((await stack()).container("front")).to.equal(undefined);
    const alone = sampleEnvironment(1);
    const single = await stack({ front: false, through: false, closed: true }, { environment: alone });
    expect(single.container("front")).to.equal(undefined);
    expect(new Set(portsOf(single.container("loki")).map(({ ip }) => ip))).to.deep.equal(new Set(["127.0.0.1"]));
  });

  it("is HAProxy as its own account, without a capability, a volume of data or a secret among its inputs", async () => {
    const { container, files } = await stack(WHOLE);
    const front = container("front");
    expect(front?.inputs).to.deep.include({
      user: "haproxy",
      entrypoints: ["haproxy"],
      command: ["-W", "-db", "-f", "/understudy/files/current/front/haproxy.cfg"],
      volumes: [{ volumeName: "understudy-front-files", containerPath: "/understudy/files", readOnly: true }],
      capabilities: { drops: ["ALL"] },
      memory: 128,
      wait: true,
    });
    expect(front?.secretInputs).to.deep.equal([]);
    expect(JSON.stringify(front?.inputs)).to.not.match(/PRIVATE KEY|BEGIN CERTIFICATE/);
    expect(files("front")?.inputs["reload"]).to.deep.equal({ signal: "SIGHUP" });
    expect(files("front")?.secretInputs).to.deep.equal(["files"]);
  });

  it("is not replaced for other certificates, nor is what shows them", async () => {
    const renewed = await bundleFrom(PAIR, "host-a", await makeAuthority("sample", Date.now()), Date.now());
    const [one, other] = [await stack(WHOLE), await stack(WHOLE, { bundle: renewed })];
    for (const name of ["front", "prometheus", "backup"])
      expect(other.container(name)?.inputs, name).to.deep.equal(one.container(name)?.inputs);
    expect(fileOf(other.files("front"), "front/server.pem")).to.not.equal(
      fileOf(one.files("front"), "front/server.pem"),
    );
  });

  it("leads to containers by their own ports on the host's network", async () => {
    const config = fileOf((await stack(WHOLE)).files("front"), "front/haproxy.cfg") ?? "";
    const servers = [...config.matchAll(/^ {2}server own (\S+) /gm)].map(([, at]) => at);
    const inside = SERVICE_NAMES.flatMap((service) =>
      SERVICES[service].metrics === null ? [] : [`understudy-${service}:${SERVICES[service].ports[0].inside}`],
    );
    expect(new Set(servers)).to.deep.equal(new Set([...inside, "understudy-backup:9121"]));
  });

  it("is passed by Prometheus and backups with the certificate of that role, by the other host's name", async () => {
    const { files } = await stack(WHOLE);
    const config = fileOf(files("prometheus"), "prometheus.yml") ?? "";
    expect(config).to.include('"server_name":"host-b"').and.to.include("/understudy/files/current/front/client.key");
    expect(config).to.not.include('203.0.113.2:19090"]');
    for (const name of ["prometheus", "backup"]) {
      expect(fileOf(files(name), "front/client.pem"), name).to.equal(
        certificates.leaves["understudy-front"]?.certificate,
      );
      expect(fileOf(files(name), "front/client.key"), name).to.equal(certificates.leaves["understudy-front"]?.key);
    }
    expect(fileOf(files("backup"), "peer-metrics")).to.equal("https://203.0.113.2:9443/backup/metrics.txt");
  });

  it("names loopback as the endpoint of what speaks HTTP, and the address as that of a store", async () => {
    await declaredBy(() => {
      const front = { ...WHOLE, certificates: pulumi.secret(certificates) };
      const view = viewFrom(PAIR, "host-a");
      const { endpoints, services } = declareStack(PAIR, view, sampleListening(PAIR), pulumi.secret(SECRETS), {
        front,
      });
      expect(endpoints).to.include({
        ...{ redis: "198.51.100.1:16379", timescaledb: "198.51.100.1:15432" },
        ...{ prometheus: "127.0.0.1:19090", grafana: "127.0.0.1:13000" },
      });
      return services;
    });
  });

  it("is where the other host comes: behind NAT on the local addresses, and never on loopback", async () => {
    const at = async (addresses: readonly string[], label: string): Promise<readonly string[]> => {
      const { container } = await stack(WHOLE, { listening: { addresses, label, made: new Map() } });
      return portsOf(container("front")).map(({ ip }) => ip);
    };
    expect(await at(["10.0.0.5", "127.0.0.1"], "10.0.0.5 127.0.0.1")).to.deep.equal(["10.0.0.5"]);
    expect(await at(["0.0.0.0"], "0.0.0.0"), "as it is written").to.deep.equal(["0.0.0.0"]);
  });

  it("says on the labels what is published elsewhere than the host listens", async () => {
    const labels = async (name: string, plan?: FrontPlan): Promise<string | undefined> => {
      const all = (await stack(plan)).container(name)?.inputs["labels"] as { label: string; value: string }[];
      return all.find(({ label }) => label === "understudy.ports")?.value;
    };
    expect(await labels("front", WHOLE)).to.equal("9443:9443/tcp@203.0.113.1");
    expect(await labels("alertmanager")).to.equal("19093:9093/tcp 19094:9094/tcp 19094:9094/udp");
    expect(await labels("alertmanager", WHOLE)).to.equal("19093:9093/tcp@127.0.0.1 19094:9094/tcp 19094:9094/udp");
    expect(await labels("redis", WHOLE)).to.equal("16379:6379/tcp");
  });
});
