import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { operatorSettings, renderConfigFile, settingFile } from "./config-files";
import { filePath } from "../settings/names";
import type { ServiceArgs } from "./service-args";
import { withServiceSettings } from "../settings/server/service-settings";
import { SERVICES } from "../settings/services";
import { declareService, httpEndpoint, ownHealthUrl, publishedPorts } from "./service-container";

/**
 * Tempo 2 as one process on local files, taking spans as OTLP over HTTP. The health check is wget, which upstream's
 * images have up to 2.9.2; later ones have no program for a check before Tempo 3, which is configured differently. A stop
 * takes Tempo 30 s, whatever its settings: it lets open requests end before it closes its receivers.
 */
export class Tempo extends pulumi.ComponentResource {
  public readonly image: docker.RemoteImage;
  public readonly volume: docker.Volume;
  public readonly container: docker.Container;
  /** Where clients query it, `address:port`. */
  public readonly endpoint: string;
  /** Where applications send spans, `address:port`. */
  public readonly otlpEndpoint: string;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:Tempo", name, {}, opts);
    const { ports, policy, tempo } = args.environment;
    const own = renderConfigFile("tempo/tempo.yaml", { retention_hours: 24 * policy.retention_days });
    const { image, volume, container } = declareService(this, name, args, {
      service: "tempo",
      user: "10001",
      command: [`-config.file=${filePath("tempo.yaml")}`],
      uploads: [],
      files: [
        settingFile("tempo.yaml", withServiceSettings(own, tempo.settings)),
        ...operatorSettings(args.environment, "tempo"),
      ],
      dataFolder: "/var/tempo",
      ports: publishedPorts("tempo", ports),
      healthCheck: {
        command: ["wget", "-q", "-O", "/dev/null", ownHealthUrl("tempo")],
        intervalSeconds: 5,
        awaited: true,
      },
      stopGraceSeconds: SERVICES.tempo.stop.seconds,
    });
    this.image = image;
    this.volume = volume;
    this.container = container;
    this.endpoint = httpEndpoint(args, ports.tempo);
    this.otlpEndpoint = httpEndpoint(args, ports.otlp_http);
    this.registerOutputs({ endpoint: this.endpoint, otlpEndpoint: this.otlpEndpoint, container: container.name });
  }
}
