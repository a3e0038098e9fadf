import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { Credentials } from "../settings/credentials";
import type { Environment } from "../settings/environment";
import { declaredExporters, exporterSettings } from "../settings/exporters";
import type { HostListening } from "../settings/listen";
import { type HostView, pairBackup } from "../settings/pair";
import type { Settings } from "../settings/settings";
import type { ContainerName, ServiceName } from "../settings/services";
import { Agent } from "./agent";
import { Alertmanager } from "./alertmanager";
import { Backup } from "./backup";
import { Collector, collectorVolume } from "./collector";
import { Door } from "./door";
import { Exporter } from "./exporters";
import { Front } from "./front";
import { Grafana } from "./grafana";
import { Host, type HostFront, type ServiceArgs } from "./service-args";
import { Loki } from "./loki";
import { Prometheus } from "./prometheus";
import { Redis } from "./redis";
import { Tempo } from "./tempo";
import { Timescaledb } from "./timescaledb";

/** What stands on one host. */
export interface StackResources {
  readonly host: Host;
  /** Every service, with where clients reach it. */
  readonly services: readonly pulumi.Resource[];
  readonly endpoints: Readonly<Record<ServiceName, string>>;
}

/** What of a service's component others need. */
interface Service extends pulumi.Resource {
  readonly container: docker.Container;
  readonly volume: docker.Volume;
  readonly endpoint: string;
}

/** Declares one host, its services and what backs up the other host; the same whatever the host's role. */
export function declareStack(
  environment: Environment,
  view: HostView,
  listening: HostListening,
  secrets: pulumi.Output<Credentials>,
  {
    certificates,
    applicationUsers,
    exchanging,
    receiverSecrets,
    front,
    overlays,
    overlaySecrets,
  }: Partial<
    Pick<
      Settings,
      "certificates" | "applicationUsers" | "exchanging" | "receiverSecrets" | "overlays" | "overlaySecrets"
    >
  > & {
    readonly front?: HostFront | undefined;
  } = {},
): StackResources {
  const host = new Host(view.self.name, { self: view.self });
  const common = { environment, view, host, listening, front, exchanging, overlays, overlaySecrets };
  const args = (service: ServiceName): ServiceArgs => ({
    ...common,
    image: environment.services[service].image,
  });
  const services: Readonly<Record<ServiceName, Service>> = {
    redis: new Redis("redis", { ...args("redis"), credentials: secrets, applicationUsers, certificates }),
    timescaledb: new Timescaledb("timescaledb", {
      ...args("timescaledb"),
      credentials: secrets,
      certificates,
    }),
    prometheus: new Prometheus("prometheus", args("prometheus")),
    alertmanager: new Alertmanager("alertmanager", { ...args("alertmanager"), certificates, receiverSecrets }),
    loki: new Loki("loki", args("loki")),
    tempo: new Tempo("tempo", args("tempo")),
    grafana: new Grafana("grafana", { ...args("grafana"), secrets }),
  };
  const backup = pairBackup(environment);
  const backups =
    backup && new Backup("backup", { ...common, image: backup.image, secrets, certificates, volumesOf: services });
  const { agent, logs } = environment;
  const volume = logs && collectorVolume(host);
  // Beside the stores, whose volumes alone it needs: it is there before they are, and stays when they are gone.
  const agents =
    agent === undefined
      ? []
      : [
          new Agent("agent", {
            ...{ ...common, image: agent.image, secrets, certificates },
            ...{ volumesOf: services, collectorVolume: volume },
          }),
        ];
  const settings = exporterSettings(environment);
  const exporters = declaredExporters(environment).map((exporter) => {
    const image = settings[exporter]?.image ?? "";
    return new Exporter(exporter, { ...common, exporter, image, secrets, certificates });
  });
  const helpers = [...(backups ? [backups] : []), ...agents, ...exporters];
  const { clients } = environment;
  // Without certificates the settings say what is missing, and so does nothing here.
  const doors =
    clients === undefined || certificates === undefined
      ? []
      : [
          new Door(
            "door",
            { ...common, clients, certificates },
            { dependsOn: [...Object.values(services), ...agents] },
          ),
        ];
  const all = [...Object.values(services), ...helpers];
  // After what it leads to, so that the first request finds it.
  const fronts =
    front?.front === true
      ? [new Front("front", { ...common, front, image: environment.front.image }, { dependsOn: all })]
      : [];
  const named = { ...services, ...(backups && { backup: backups }) };
  const containers: Partial<Record<ContainerName, docker.Container>> = {
    ...Object.fromEntries(Object.entries(named).map(([name, { container }]) => [name, container])),
    ...Object.fromEntries(exporters.map(({ container }, at) => [declaredExporters(environment)[at] ?? "", container])),
    ...Object.fromEntries(agents.map(({ container }) => ["agent", container])),
    ...Object.fromEntries(doors.flatMap((door) => Object.entries(door.containers))),
    ...Object.fromEntries(fronts.map(({ container }) => ["front", container])),
  };
  // Last: whose logs it takes are there.
  const collectors =
    logs === undefined || volume === undefined
      ? []
      : [new Collector("collector", { ...common, logs, image: logs.image, volume, containers })];
  const endpoints = Object.fromEntries(
    Object.entries(services).map(([name, service]) => [name, service.endpoint]),
  ) as Record<ServiceName, string>;
  return { host, services: [...all, ...doors, ...fronts, ...collectors], endpoints };
}
