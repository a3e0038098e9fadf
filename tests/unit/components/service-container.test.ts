import { expect } from "chai";
import type * as pulumi from "@pulumi/pulumi";
import { declareService } from "./declared-service";
import { Alertmanager } from "../../../components/alertmanager";
import { Grafana } from "../../../components/grafana";
import { Loki } from "../../../components/loki";
import { Prometheus } from "../../../components/prometheus";
import { Redis } from "../../../components/redis";
import type { ServiceArgs } from "../../../components/service-args";
import { Tempo } from "../../../components/tempo";
import { Timescaledb } from "../../../components/timescaledb";
import { environmentSchema } from "../../../settings/environment";
import type { MadePorts } from "../../../settings/listen";
import { containerName } from "../../../settings/names";
import { isStore, SERVICE_NAMES, SERVICES, type ServiceName } from "../../../settings/services";
import { declaredBy } from "./mocked-engine";
import { DIGEST, sampleArgs, sampleEnvironment, sampleListening } from "./sample";

type Component = pulumi.ComponentResource & { readonly container: pulumi.Resource; readonly endpoint: string };

const COMPONENTS: Record<ServiceName, (args: ServiceArgs, password?: string) => Component> = {
  redis: (args, password = "canary") =>
    new Redis("svc", { ...args, credentials: { redis: password, postgres: `${password}-2` } }),
  timescaledb: (args, password = "canary") =>
    new Timescaledb("svc", { ...args, credentials: { postgres: password, replication: `${password}-2` } }),
  prometheus: (args) => new Prometheus("svc", args),
  alertmanager: (args) => new Alertmanager("svc", args),
  loki: (args) => new Loki("svc", args),
  tempo: (args) => new Tempo("svc", args),
  grafana: (args, password = "canary") => new Grafana("svc", { ...args, secrets: { grafana: password } }),
};

const PORT_NAMES = { redis: "redis", timescaledb: "postgres" } as const;

for (const service of SERVICE_NAMES) {
  const declared = (args?: () => ServiceArgs): ReturnType<typeof declareService> =>
    declareService(service, (told) => COMPONENTS[service](told), args);

  describe(`every service: ${service}`, function () {
    this.timeout(10_000);

    it("may do nothing that needs a capability, has a bound on memory without swap, and rotates its log", async () => {
      const { container } = await declared();
      const memory = sampleEnvironment(2).services[service].memory_mib;
      expect(container.inputs).to.deep.include({
        name: `understudy-${service}`,
        hostname: `understudy-${service}`,
        securityOpts: ["no-new-privileges:true"],
        capabilities: { drops: ["ALL"] },
        memory,
        memorySwap: memory,
        logDriver: "json-file",
        logOpts: { "max-size": "10m", "max-file": "3" },
        restart: "always",
        mustRun: true,
        networksAdvanced: [{ name: "host-network-id" }],
      });
      expect(container.inputs).to.not.have.any.keys("privileged", "networkMode", "pidMode", "devices");
      expect(container.inputs["user"])
        .to.be.a("string")
        .and.to.not.match(/^(root|0|)(:|$)/);
      expect(container.inputs["stopTimeout"]).to.equal(container.inputs["destroyGraceSeconds"]).and.to.be.at.least(15);
    });

    it("keeps its data in a volume that is protected and outlives the stack", async () => {
      const { volume, container } = await declared();
      expect(volume.inputs).to.deep.equal({ name: `understudy-${service}-data` });
      expect([volume.protect, volume.retainOnDelete]).to.deep.equal([true, true]);
      expect(container.protect).to.equal(false);
      expect((container.inputs["volumes"] as { volumeName: string }[]).map((one) => one.volumeName)).to.deep.equal([
        `understudy-${service}-data`,
        `understudy-${service}-files`,
      ]);
    });

    it("has its passwords and settings in a volume of their own, for reading only, which goes with the stack", async () => {
      const { filesVolume, hostFiles, container, files } = await declared();
      expect(filesVolume.inputs).to.deep.equal({ name: `understudy-${service}-files` });
      expect([filesVolume.protect, filesVolume.retainOnDelete]).to.deep.equal([false, false]);
      expect(container.inputs["volumes"]).to.deep.include({
        ...{ volumeName: `understudy-${service}-files`, containerPath: "/understudy/files", readOnly: true },
      });
      expect(Object.keys(files)).to.not.deep.equal([]);
      expect(hostFiles.dependencies).to.include(filesVolume.urn);
      expect(container.dependencies, "filled before it starts").to.include(hostFiles.urn);
    });

    it("fills that volume on the host's own engine, as the container's image and account", async () => {
      const { hostFiles, container } = await declared();
      expect(hostFiles.inputs).to.deep.include({
        ...{ service, user: container.inputs["user"], image: container.inputs["image"] },
        host: { name: "host-a", docker: "ssh://deploy@a.example:22", ssh_config: "/etc/understudy/ssh" },
      });
      expect(hostFiles.secretInputs).to.deep.equal(["files"]);
      expect(hostFiles.additionalSecretOutputs).to.deep.equal(["files"]);
    });

    it("has no password among the inputs of its container, and is not replaced for one", async () => {
      const one = await declared();
      expect(JSON.stringify(one.container.inputs)).to.not.match(/canary/);
      expect(one.container.secretInputs).to.deep.equal([]);
      const other = await declareService(service, (args) => COMPONENTS[service](args, "other-canary"));
      expect(other.container.inputs).to.deep.equal(one.container.inputs);
    });

    it("is placed on the host's engine, and replaced only after the old container is gone", async () => {
      const { image, volume, container } = await declared();
      for (const part of [image, volume, container]) {
        expect(part.provider).to.contain("pulumi:providers:docker::host-engine");
      }
      expect(container.deleteBeforeReplace).to.equal(true);
      expect(container.ignoreChanges).to.deep.equal([]);
    });

    it("uses an image pinned by digest as it is, and resolves a tag", async () => {
      const pinned = await declared();
      expect(pinned.image.inputs).to.deep.equal({ name: `registry.example/${service}@${DIGEST}`, keepLocally: true });
      expect(pinned.container.inputs["image"]).to.equal(`registry.example/${service}@${DIGEST}`);
      const tagged = await declared(() => ({
        ...sampleArgs(sampleEnvironment(2), service),
        image: `registry.example/${service}:1`,
      }));
      expect(tagged.container.inputs["image"]).to.equal("sha256:resolved");
    });

    it("is published on every address that its host listens on, and nowhere else, and says so on its labels", async () => {
      const { container } = await declared();
      const ports = container.inputs["ports"] as { ip: string; internal: number }[];
      for (const inside of SERVICES[service].ports.map((one) => one.inside)) {
        const ips = ports.filter(({ internal }) => internal === inside).map(({ ip }) => ip);
        expect(new Set(ips)).to.deep.equal(new Set(["198.51.100.1", "203.0.113.1", "127.0.0.1"]));
      }
      expect(container.inputs["labels"]).to.deep.include({
        label: "understudy.listen",
        value: "198.51.100.1 203.0.113.1 127.0.0.1",
      });
    });

    it("is on loopback as well where it speaks HTTP, and only where `listen` says so where it is a store", async () => {
      const environment = sampleEnvironment(2);
      const { container } = await declared(() => ({
        ...sampleArgs(environment, service),
        listening: { addresses: ["198.51.100.1"], label: "198.51.100.1", made: new Map() },
      }));
      const ips = new Set((container.inputs["ports"] as { ip: string }[]).map(({ ip }) => ip));
      expect(ips).to.deep.equal(new Set(["198.51.100.1", ...(isStore(service) ? [] : ["127.0.0.1"])]));
    });

    it("is not replaced because an engine tells its ports in another order, and is when an address or a port changed", async () => {
      const first = (await declared()).container.inputs["labels"] as { label: string; value: string }[];
      const labels = new Map(first.map(({ label, value }) => [label, value]));
      const [listen, ports] = [labels.get("understudy.listen"), labels.get("understudy.ports")];
      const again = async (made: Partial<MadePorts>): Promise<readonly string[]> => {
        const environment = sampleEnvironment(2);
        const all = new Map([[containerName(service), { listen, ports, ...made }]]);
        const { container } = await declared(() => ({
          ...sampleArgs(environment, service),
          listening: sampleListening(environment, "host-a", all),
        }));
        return container.ignoreChanges;
      };
      expect(await again({})).to.deep.equal(["ports"]);
      expect(await again({ listen: "0.0.0.0" })).to.deep.equal([]);
      expect(await again({ ports: "1:2/tcp" })).to.deep.equal([]);
      expect(await again({ listen: undefined, ports: undefined }), "of a version before").to.deep.equal([]);
    });

    it("is unhealthy after three failures in a row, and not before it had time to start", async () => {
      const { container } = await declared();
      const check = container.inputs["healthcheck"];
      expect(check).to.deep.include({ timeout: "5s", retries: 3, startPeriod: "50s" });
      const interval = ["loki", "tempo", "grafana"].includes(service) ? "5s" : "10s";
      expect(check).to.have.property("interval", interval);
    });

    it("puts every file there for reading only", async () => {
      const { container } = await declared();
      const uploads = container.inputs["uploads"] as { file: string; permissions: string; content: string }[];
      for (const one of uploads) {
        expect(one.permissions, one.file).to.equal("0444");
        expect(one.content, one.file).to.not.equal("");
      }
    });

    it("is declared the same whichever stack, and so whichever role, its host starts with", async () => {
      const swapped = environmentSchema.parse(sampleEnvironment(2));
      for (const host of Object.values(swapped.hosts)) {
        host.stack = host.stack === "primary" ? "standby" : "primary";
      }
      const before = await declared();
      const after = await declared(() => sampleArgs(swapped, service));
      expect(after.container.inputs).to.deep.equal(before.container.inputs);
      const inputs = { ...before.container.inputs, uploads: [] };
      expect(JSON.stringify(inputs)).to.not.match(/primary|standby|role/i);
    });

    it("names the address clients use", async () => {
      let endpoint = "";
      await declaredBy(() => {
        const component = COMPONENTS[service](sampleArgs(sampleEnvironment(2), service, "host-b"));
        endpoint = component.endpoint;
        return [component, component.container];
      });
      const port = service in PORT_NAMES ? PORT_NAMES[service as keyof typeof PORT_NAMES] : service;
      const ports: Readonly<Record<string, number>> = sampleEnvironment(2).ports;
      expect(endpoint).to.equal(`198.51.100.2:${String(ports[port])}`);
    });
  });
}
