import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { configFile, operatorSettings, renderConfigFile, settingFile } from "./config-files";
import {
  agentTargets,
  collectorTargets,
  exporterTargets,
  alertmanagerGroups,
  scrapeTargets,
} from "../settings/scrape-targets";
import { FRONT_CLIENT_FILES, frontClientFiles } from "./front-files";
import { filePath } from "../settings/names";
import { prometheusFlags, withServiceSettings } from "../settings/server/service-settings";
import type { ServiceArgs } from "./service-args";
import { SERVICES } from "../settings/services";
import { declareService, httpEndpoint, ownHealthUrl, publishedPorts } from "./service-container";

const AGENT_JOB = "understudy-agent";
/** Jobs of the pair, whose critical alerts reach people within a minute. */
const PACE = { scrape_interval: "5s", scrape_timeout: "4s" } as const;
/** The job of the hosts' exporters. */
const EXPORTER_JOB = "understudy-exporters";
/** The job of the hosts' Collectors of logs. */
const COLLECTOR_JOB = "understudy-collectors";

/** What a day of a pair with agents and exporters may take, in MiB: nearly twice what is reckoned. */
const MIB_PER_DAY = 256;

/** How much Prometheus keeps at most, in MiB, which it spells MB. */
function retentionMib({ policy }: ServiceArgs["environment"]): number {
  return policy.prometheus_max_mib ?? policy.retention_days * MIB_PER_DAY;
}

/** Both ends of a connection to the other host's front are checked, by its name and by ours. */
function config({ environment, view, front, overlays }: ServiceArgs): string {
  const from = front && { self: view.self.name, plan: front };
  const tls =
    front?.through !== true || view.peer === undefined
      ? {}
      : {
          tls_config: {
            ca_file: FRONT_CLIENT_FILES.trust,
            cert_file: FRONT_CLIENT_FILES.certificate,
            key_file: FRONT_CLIENT_FILES.key,
            server_name: view.peer.name,
            min_version: "TLS12",
          },
        };
  const told = alertmanagerGroups(environment, from).map((one) =>
    one.scheme === undefined ? one : { ...one, ...tls },
  );
  const job = { job_name: "understudy", ...PACE, ...tls, static_configs: scrapeTargets(environment, from) };
  const agents = { job_name: AGENT_JOB, ...PACE, ...tls, static_configs: agentTargets(environment, from) };
  const exporters = { job_name: EXPORTER_JOB, ...tls, static_configs: exporterTargets(environment, from) };
  const collectors = { job_name: COLLECTOR_JOB, ...tls, static_configs: collectorTargets(environment, from) };
  const own = renderConfigFile("prometheus/prometheus.yml", {
    environment: JSON.stringify(environment.name),
    host: JSON.stringify(view.self.name),
    alertmanagers: JSON.stringify(told),
    jobs: JSON.stringify([
      job,
      ...(environment.agent === undefined ? [] : [agents]),
      ...(environment.exporters === undefined ? [] : [exporters]),
      ...(environment.logs === undefined ? [] : [collectors]),
      ...(overlays?.jobs ?? []),
    ]),
  });
  return withServiceSettings(own, environment.prometheus.settings);
}

/** Prometheus 2 or 3, scraping both hosts. The admin API is on: backups are TSDB snapshots. */
export class Prometheus extends pulumi.ComponentResource {
  public readonly image: docker.RemoteImage;
  public readonly volume: docker.Volume;
  public readonly container: docker.Container;
  /** Where clients reach it, `address:port`. */
  public readonly endpoint: string;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:Prometheus", name, {}, opts);
    const { image, volume, container } = declareService(this, name, args, {
      service: "prometheus",
      user: "nobody",
      command: [
        `--config.file=${filePath("prometheus.yml")}`,
        "--storage.tsdb.path=/prometheus",
        `--storage.tsdb.retention.time=${String(args.environment.policy.retention_days)}d`,
        `--storage.tsdb.retention.size=${String(retentionMib(args.environment))}MB`,
        "--web.enable-admin-api",
        ...prometheusFlags(args.environment),
      ],
      uploads: [],
      files: [
        settingFile("prometheus.yml", config(args), "reload"),
        ...operatorSettings(args.environment, "prometheus"),
        settingFile("rules/understudy.yml", configFile("prometheus/rules/understudy.yml"), "reload"),
        ...(args.environment.agent === undefined
          ? []
          : [settingFile("rules/agent.yml", configFile("prometheus/rules/agent.yml"), "reload")]),
        ...(args.environment.exporters === undefined
          ? []
          : [settingFile("rules/exporters.yml", configFile("prometheus/rules/exporters.yml"), "reload")]),
        ...(args.environment.logs === undefined
          ? []
          : [settingFile("rules/logs.yml", configFile("prometheus/rules/logs.yml"), "reload")]),
        ...(args.overlays?.rules ?? []).map(({ name: file, content }) =>
          settingFile(file, JSON.stringify(content), "reload"),
        ),
        ...(args.front?.through === true ? frontClientFiles(args.front) : []),
      ],
      reload: { signal: "SIGHUP" },
      dataFolder: "/prometheus",
      ports: publishedPorts("prometheus", args.environment.ports),
      healthCheck: {
        command: ["wget", "-q", "-O", "/dev/null", ownHealthUrl("prometheus")],
        intervalSeconds: 10,
        awaited: true,
      },
      stopGraceSeconds: SERVICES.prometheus.stop.seconds,
    });
    this.image = image;
    this.volume = volume;
    this.container = container;
    this.endpoint = httpEndpoint(args, args.environment.ports.prometheus);
    this.registerOutputs({ endpoint: this.endpoint, container: container.name });
  }
}
