import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { hostPort } from "../settings/address";
import { frontPath } from "../settings/front";
import { COLLECTOR_FOLDER, COLLECTOR_METRICS, containersFolder, ENGINE_LOGS, LOKI_OTLP_PATH } from "../settings/logs";
import type { LogsSection } from "../settings/logs-section";
import { containerName, filePath, volumeName } from "../settings/names";
import { SERVICES, type ContainerName } from "../settings/services";
import { collectorConfig, type LogTarget } from "./collector-config";
import { settingFile, type ServiceFile } from "./config-files";
import { FRONT_CLIENT_FILES, frontClientFiles } from "./front-files";
import type { Host, ServiceArgs } from "./service-args";
import { declareContainer, httpEndpoint } from "./service-container";

/** What the Collector of one host is made from. */
export interface CollectorArgs extends ServiceArgs {
  readonly logs: LogsSection;
  /** Its volume: queues, and the role that the agent writes there. */
  readonly volume: docker.Volume;
  /** Whose logs it takes: every other container of the host. */
  readonly containers: Readonly<Partial<Record<ContainerName, docker.Container>>>;
}

/** The volume of a host's Collector, which the agent writes the role into. It goes with the stack, and what waits with it. */
export function collectorVolume(host: Host): docker.Volume {
  return new docker.Volume(
    "collector-data",
    { name: volumeName("collector") },
    { parent: host, provider: host.provider },
  );
}

/** The Loki of the other host, through its front where there is one. */
function peerLoki({ environment, view: { peer }, front }: CollectorArgs): LogTarget | undefined {
  if (peer === undefined) return undefined;
  const { ports } = environment;
  const address = peer.replication_address;
  if (front?.through !== true) return { url: `http://${hostPort(address, ports.loki)}${LOKI_OTLP_PATH}` };
  return {
    url: `https://${hostPort(address, ports.front)}${frontPath("loki", LOKI_OTLP_PATH)}`,
    tls: {
      ...{ ca_file: FRONT_CLIENT_FILES.trust, cert_file: FRONT_CLIENT_FILES.certificate },
      ...{ key_file: FRONT_CLIENT_FILES.key, server_name_override: peer.name },
    },
  };
}

/** The containers' ids are known when they are made: a container that is replaced changes this file, and not this container. */
function configFile(args: CollectorArgs): ServiceFile {
  const { logs, view, containers } = args;
  const ids = pulumi.all(Object.entries(containers).map(([name, { id }]) => id.apply((text) => [name, text] as const)));
  const own = { url: `http://${containerName("loki")}:${String(SERVICES.loki.ports[0].inside)}${LOKI_OTLP_PATH}` };
  const content = ids.apply((all) =>
    collectorConfig({
      host: view.self.name,
      ids: Object.fromEntries(all),
      lokis: { own, peer: peerLoki(args) },
      ...{ memoryMib: logs.memory_mib, queueMib: logs.queue_mib },
    }),
  );
  return { ...settingFile("collector.yaml", "", "reload"), content };
}

/**
 * The OpenTelemetry Collector of one host: it reads what the engine keeps of every container's log, and sends it to the Lokis
 * of both hosts. It runs as root, whose files those are, without any capability; they are mounted read-only. Its image has
 * no shell to ask it by: Prometheus does.
 */
export class Collector extends pulumi.ComponentResource {
  public readonly image: docker.RemoteImage;
  public readonly container: docker.Container;
  /** Where its metrics are, `address:port`. */
  public readonly endpoint: string;

  constructor(name: string, args: CollectorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:Collector", name, {}, opts);
    const { environment, view, logs, front, volume } = args;
    const { image, container } = declareContainer(this, name, args, {
      service: "collector",
      user: "0",
      command: [
        `--config=${filePath("collector.yaml")}`,
        // A line counts as read when it is in the queues on the disk, and not before.
        "--feature-gates=+stanza.synchronousLogEmitter",
      ],
      variables: { GOMEMLIMIT: `${String(Math.floor(logs.memory_mib * 0.75))}MiB`, GOMAXPROCS: "1" },
      uploads: [],
      files: [configFile(args), ...(front?.through === true ? frontClientFiles(front) : [])],
      reload: { signal: "SIGHUP" },
      otherVolumes: [
        { volumeName: volume.name, containerPath: COLLECTOR_FOLDER },
        { hostPath: containersFolder(environment, view.self.name), containerPath: ENGINE_LOGS, readOnly: true },
      ],
      ports: [{ key: "collector", internal: COLLECTOR_METRICS.inside, external: environment.ports.collector }],
      healthCheck: null,
      stopGraceSeconds: 15,
    });
    this.image = image;
    this.container = container;
    this.endpoint = httpEndpoint(args, environment.ports.collector);
    this.registerOutputs({ endpoint: this.endpoint, container: container.name });
  }
}
