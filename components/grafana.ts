import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { containerName, filePath } from "../settings/names";
import type { Credentials } from "../settings/credentials";
import { operatorSettings, renderConfigFile, settingFile, type ServiceFile } from "./config-files";
import { DASHBOARDS, HOME_DASHBOARD } from "./dashboards";
import { dashboardJson } from "./dashboards/dashboard";
import { passwordFiles } from "./password-files";
import type { ServiceArgs } from "./service-args";
import { grafanaVariables } from "../settings/server/service-settings";
import { SERVICES, type HttpService } from "../settings/services";
import { declareService, httpEndpoint, ownHealthUrl, publishedPorts } from "./service-container";

type GrafanaSecrets = Pick<Credentials, "grafana" | "before">;

/** What Grafana's container on one host is made from. */
export interface GrafanaArgs extends ServiceArgs {
  /** With the password of `admin`; Grafana reads it when it makes its database. Later `understudy rotate grafana` tells it. */
  readonly secrets: pulumi.Input<GrafanaSecrets>;
}

/** Below the folder that Grafana is provisioned from. */
const DATASOURCES = "provisioning/datasources/understudy.yaml";
const PROVIDERS = "provisioning/dashboards/understudy.yaml";
const DASHBOARD_FOLDER = "dashboards";
const PASSWORD_FILE = "grafana";

/** Where a service of the same host answers, over the network between the containers. */
function neighbourUrl(service: HttpService): string {
  return `http://${containerName(service)}:${SERVICES[service].ports[0].inside}`;
}

function datasources(): string {
  return renderConfigFile(`grafana/${DATASOURCES}`, {
    prometheus: neighbourUrl("prometheus"),
    loki: neighbourUrl("loki"),
    tempo: neighbourUrl("tempo"),
    alertmanager: neighbourUrl("alertmanager"),
  });
}

/** Ours, then the operator's own. Grafana looks at them again and again: a changed one replaces nothing. */
function dashboardFiles({ overlays }: GrafanaArgs): readonly ServiceFile[] {
  return [
    ...DASHBOARDS.map((one) => ({ name: `${one.uid}.json`, content: dashboardJson(one) })),
    ...(overlays?.dashboards ?? []),
  ].map(({ name, content }) => settingFile(`${DASHBOARD_FOLDER}/${name}`, JSON.stringify(content), "reload"));
}

/** Grafana, provisioned from files with its own host's data sources and with dashboards; it calls nobody outside. */
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
        GF_SECURITY_ADMIN_PASSWORD__FILE: filePath(PASSWORD_FILE),
        GF_PATHS_PROVISIONING: filePath("provisioning"),
        GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: filePath(`${DASHBOARD_FOLDER}/${HOME_DASHBOARD}.json`),
        GF_USERS_ALLOW_SIGN_UP: "false",
        GF_ANALYTICS_REPORTING_ENABLED: "false",
        GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
        GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
        GF_PLUGINS_PREINSTALL_DISABLED: "true",
        ...grafanaVariables(args.environment),
      },
      uploads: [],
      files: [
        settingFile(DATASOURCES, datasources()),
        settingFile(PROVIDERS, renderConfigFile(`grafana/${PROVIDERS}`, { folder: filePath(DASHBOARD_FOLDER) })),
        ...dashboardFiles(args),
        ...passwordFiles(args.secrets, args.exchanging, {
          [PASSWORD_FILE]: { of: "grafana", take: ({ grafana }) => grafana },
        }),
        ...operatorSettings(args.environment, "grafana"),
      ],
      dataFolder: "/var/lib/grafana",
      ports: publishedPorts("grafana", args.environment.ports),
      healthCheck: {
        command: ["wget", "-q", "-O", "/dev/null", ownHealthUrl("grafana")],
        intervalSeconds: 5,
        awaited: true,
      },
      stopGraceSeconds: SERVICES.grafana.stop.seconds,
    });
    this.image = image;
    this.volume = volume;
    this.container = container;
    this.endpoint = httpEndpoint(args, args.environment.ports.grafana);
    this.registerOutputs({ endpoint: this.endpoint, container: container.name });
  }
}
