import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { containerName, GUARD_FOLDER } from "../settings/names";
import { renderConfigFile, secretUpload, upload } from "./config-files";
import type { ServiceArgs } from "./service-args";
import { declareService, endpoint } from "./service-container";

/** What Grafana's container on one host is made from. */
export interface GrafanaArgs extends ServiceArgs {
  /** Password of Grafana's user `admin`; Grafana reads it when it makes its database, later changes are made in Grafana. */
  readonly adminPassword: pulumi.Input<string>;
}

const DATASOURCES = "grafana/provisioning/datasources/understudy.yaml";
const SECRET_FILE = `${GUARD_FOLDER}/secrets/grafana`;

function datasources(): string {
  return renderConfigFile(DATASOURCES, {
    prometheus: `http://${containerName("prometheus")}:9090`,
    loki: `http://${containerName("loki")}:3100`,
    tempo: `http://${containerName("tempo")}:3200`,
    alertmanager: `http://${containerName("alertmanager")}:9093`,
  });
}

/** Grafana, provisioned from files with its own host's data sources; it calls nobody outside. */
export class Grafana extends pulumi.ComponentResource {
  public readonly image: docker.RemoteImage;
  public readonly volume: docker.Volume;
  public readonly container: docker.Container;
  /** Where people reach it, `address:port`. */
  public readonly endpoint: string;

  constructor(name: string, args: GrafanaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:Grafana", name, {}, opts);
    const { image, volume, container } = declareService(this, name, args, {
      service: "grafana",
      user: "472",
      variables: {
        GF_SECURITY_ADMIN_PASSWORD__FILE: SECRET_FILE,
        GF_USERS_ALLOW_SIGN_UP: "false",
        GF_ANALYTICS_REPORTING_ENABLED: "false",
        GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
        GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
        GF_PLUGINS_PREINSTALL_DISABLED: "true",
      },
      uploads: [upload(`/etc/${DATASOURCES}`, datasources()), secretUpload(SECRET_FILE, args.adminPassword)],
      dataFolder: "/var/lib/grafana",
      ports: [{ internal: 3000, external: args.environment.ports.grafana }],
      healthCheck: {
        command: ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:3000/api/health"],
        intervalSeconds: 5,
        awaited: true,
      },
      stopGraceSeconds: 15,
    });
    this.image = image;
    this.volume = volume;
    this.container = container;
    this.endpoint = endpoint(args, args.environment.ports.grafana);
    this.registerOutputs({ endpoint: this.endpoint, container: container.name });
  }
}
