import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { operatorSettings, renderConfigFile, settingFile } from "./config-files";
import { filePath } from "../settings/names";
import type { ServiceArgs } from "./service-args";
import { withServiceSettings } from "../settings/server/service-settings";
import { SERVICES } from "../settings/services";
import { declareService, httpEndpoint, ownHealthUrl, publishedPorts } from "./service-container";

/**
 * Loki 3 as one process on local files. Its image has no shell: the health check is the binary's own `-health`, which
 * needs a release that knows it (3.7 does).
 */
export class Loki extends pulumi.ComponentResource {
  public readonly image: docker.RemoteImage;
  public readonly volume: docker.Volume;
  public readonly container: docker.Container;
  /** Where clients reach it, `address:port`. */
  public readonly endpoint: string;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:Loki", name, {}, opts);
    const { environment } = args;
    const own = renderConfigFile("loki/loki.yaml", { retention_hours: 24 * environment.policy.retention_days });
    const { image, volume, container } = declareService(this, name, args, {
      service: "loki",
      user: "10001",
      command: [`-config.file=${filePath("loki.yaml")}`],
      uploads: [],
      files: [
        settingFile("loki.yaml", withServiceSettings(own, environment.loki.settings)),
        ...operatorSettings(environment, "loki"),
      ],
      dataFolder: "/loki",
      ports: publishedPorts("loki", args.environment.ports),
      healthCheck: {
        command: ["/usr/bin/loki", "-health", `-health.url=${ownHealthUrl("loki")}`],
        intervalSeconds: 5,
        awaited: true,
      },
      stopGraceSeconds: SERVICES.loki.stop.seconds,
    });
    this.image = image;
    this.volume = volume;
    this.container = container;
    this.endpoint = httpEndpoint(args, args.environment.ports.loki);
    this.registerOutputs({ endpoint: this.endpoint, container: container.name });
  }
}
