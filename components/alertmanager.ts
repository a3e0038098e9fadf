import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { isIP } from "node:net";
import { alertmanagerConfig, withOverlay } from "./alertmanager-config";
import { configFile, operatorSettings, secretFile, settingFile, type ServiceFile } from "./config-files";
import { gossipFiles, gossipsEncrypted, gossipTlsFlag } from "./gossip-tls";
import type { StackCertificates } from "../settings/certificates/stored";
import { withSecrets, type Overlays } from "../settings/overlays";
import { withServiceSettings } from "../settings/server/service-settings";
import { filePath } from "../settings/names";
import type { ServiceArgs } from "./service-args";
import { hostPort } from "../settings/address";
import { SERVICES } from "../settings/services";
import { declareService, httpEndpoint, ownHealthUrl, publishedPorts, type PublishedPort } from "./service-container";
import type { Environment } from "../settings/environment";
import { type HostView, type NamedHost, pairBackup } from "../settings/pair";

/** Port that it gossips on inside its container, over TCP and UDP. */
const [, { inside: GOSSIP_PORT }] = SERVICES.alertmanager.ports;

function gossipAddress(environment: Environment, host: NamedHost): string {
  if (isIP(host.replication_address) === 0) {
    throw new Error(
      `Alertmanager's gossip needs an IP address: hosts.${host.name}.replication_address is "${host.replication_address}"; ` +
        "next: write the IP address into the environment file",
    );
  }
  return hostPort(host.replication_address, environment.ports.alertmanager_cluster);
}

/**
 * Alertmanager's cluster flags: a cluster of two over the network between the hosts, or none for a host that stands
 * alone. The address announced is the host's, not the container's, which the peer cannot reach.
 * @throws Error naming the host whose replication address is a name.
 */
export function gossipFlags(environment: Environment, view: HostView): readonly string[] {
  if (view.peer === undefined) {
    return ["--cluster.listen-address="];
  }
  return [
    `--cluster.listen-address=0.0.0.0:${String(GOSSIP_PORT)}`,
    `--cluster.advertise-address=${gossipAddress(environment, view.self)}`,
    `--cluster.peer=${gossipAddress(environment, view.peer)}`,
    // What gossip has not brought over is brought by the next comparison of all state, by default after 60 s.
    "--cluster.pushpull-interval=10s",
  ];
}

function ports(args: AlertmanagerArgs): readonly PublishedPort[] {
  const published = publishedPorts("alertmanager", args.environment.ports);
  const gossip = published.filter(({ internal }) => internal === GOSSIP_PORT);
  if (args.view.peer === undefined) return published.filter((one) => !gossip.includes(one));
  if (gossipsEncrypted(args)) return published;
  return [...published, ...gossip.map((one) => ({ ...one, protocol: "udp" as const }))];
}

/** What Alertmanager is told beside what every service is. */
export interface AlertmanagerArgs extends ServiceArgs {
  /** Undefined where the stack has none. */
  readonly certificates?: StackCertificates | undefined;
  /** The secrets of the receivers in `notify`, by their names. @default none */
  readonly receiverSecrets?: pulumi.Input<Readonly<Record<string, string>>> | undefined;
}

/** Without receivers it holds no secret. */
function configuration(args: AlertmanagerArgs): ServiceFile {
  const { environment, receiverSecrets = {}, overlays, overlaySecrets = {} } = args;
  const { notify } = environment;
  const alerts = overlays?.alerts;
  const own = withServiceSettings(configFile("alertmanager/alertmanager.yml"), environment.alertmanager.settings);
  if (notify === undefined && alerts === undefined) return settingFile("alertmanager.yml", own, "reload");
  const content = pulumi.all([receiverSecrets, overlaySecrets]).apply(([receivers, named]) => {
    const told = notify === undefined ? own : alertmanagerConfig(own, notify, receivers);
    if (alerts === undefined) return told;
    const theirs = withSecrets(alerts, named) as NonNullable<Overlays["alerts"]>;
    return withOverlay(told, theirs, notify !== undefined);
  });
  return secretFile("alertmanager.yml", content);
}

/** Alertmanager, in a cluster with the peer's where there is a peer: silences are shared, nobody is paged twice. */
export class Alertmanager extends pulumi.ComponentResource {
  public readonly image: docker.RemoteImage;
  public readonly volume: docker.Volume;
  public readonly container: docker.Container;
  /** Where clients reach it, `address:port`. */
  public readonly endpoint: string;

  constructor(name: string, args: AlertmanagerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:Alertmanager", name, {}, opts);
    const { image, volume, container } = declareService(this, name, args, {
      service: "alertmanager",
      user: "nobody",
      command: [
        `--config.file=${filePath("alertmanager.yml")}`,
        "--storage.path=/alertmanager",
        // Silences and notifications reach the disk this soon: a backup has them without a stop.
        ...(pairBackup(args.environment) === undefined ? [] : ["--data.maintenance-interval=15s"]),
        ...gossipFlags(args.environment, args.view),
        ...gossipTlsFlag(args),
      ],
      uploads: [],
      files: [configuration(args), ...operatorSettings(args.environment, "alertmanager"), ...gossipFiles(args)],
      reload: { signal: "SIGHUP" },
      dataFolder: "/alertmanager",
      ports: ports(args),
      healthCheck: {
        command: ["wget", "-q", "-O", "/dev/null", ownHealthUrl("alertmanager")],
        intervalSeconds: 10,
        awaited: true,
      },
      stopGraceSeconds: SERVICES.alertmanager.stop.seconds,
    });
    this.image = image;
    this.volume = volume;
    this.container = container;
    this.endpoint = httpEndpoint(args, args.environment.ports.alertmanager);
    this.registerOutputs({ endpoint: this.endpoint, container: container.name });
  }
}
