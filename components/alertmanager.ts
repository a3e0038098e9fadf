import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { pairBackup } from "../settings/pair";
import { configFile } from "./config-files";
import { GOSSIP_PORT, gossipFlags } from "./gossip-flags";
import type { ServiceArgs } from "./service-args";
import { declareService, endpoint, type PublishedPort } from "./service-container";
import { upload } from "./uploads";

function ports({ environment, view }: ServiceArgs): readonly PublishedPort[] {
  const web: PublishedPort = { internal: 9093, external: environment.ports.alertmanager };
  if (view.peer === undefined) {
    return [web];
  }
  const gossip = { internal: GOSSIP_PORT, external: environment.ports.alertmanager_cluster };
  return [web, { ...gossip, protocol: "tcp" }, { ...gossip, protocol: "udp" }];
}

/** Alertmanager, in a cluster with the peer's where there is a peer: silences are shared, nobody is paged twice. */
export class Alertmanager extends pulumi.ComponentResource {
  public readonly image: docker.RemoteImage;
  public readonly volume: docker.Volume;
  public readonly container: docker.Container;
  /** Where clients reach it, `address:port`. */
  public readonly endpoint: string;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:Alertmanager", name, {}, opts);
    const { image, volume, container } = declareService(this, name, args, {
      service: "alertmanager",
      user: "nobody",
      command: [
        "--config.file=/etc/alertmanager/alertmanager.yml",
        "--storage.path=/alertmanager",
        // Silences and notifications reach the disk this soon: a backup has them without a stop.
        ...(pairBackup(args.environment) === undefined ? [] : ["--data.maintenance-interval=15s"]),
        ...gossipFlags(args.environment, args.view),
      ],
      uploads: [upload("/etc/alertmanager/alertmanager.yml", configFile("alertmanager/alertmanager.yml"))],
      dataFolder: "/alertmanager",
      ports: ports(args),
      healthCheck: {
        command: ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9093/-/ready"],
        intervalSeconds: 10,
        awaited: true,
      },
      stopGraceSeconds: 15,
    });
    this.image = image;
    this.volume = volume;
    this.container = container;
    this.endpoint = endpoint(args, args.environment.ports.alertmanager);
    this.registerOutputs({ endpoint: this.endpoint, container: container.name });
  }
}
