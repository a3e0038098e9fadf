import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { FRONT_CLIENT, FRONT_INSIDE, frontLeaves, frontRoutes, type FrontRoute } from "../settings/front";
import { containerName, filePath, GUARD_FOLDER } from "../settings/names";
import { configFile, renderConfigFile, secretFile, settingFile, upload } from "./config-files";
import type { HostFront, ServiceArgs } from "./service-args";
import { declareContainer } from "./service-container";

/** What the front of one host is made from. */
export interface FrontArgs extends ServiceArgs {
  readonly front: HostFront;
}

const HEALTH_PORT = 8405;

/** The name of a route's backend: one for each, since it leads to one path. */
function backendName({ method, path }: FrontRoute): string {
  return `${method}${path.replaceAll("/", "_")}`;
}

/** Which requests pass, for HAProxy's lookup: `METHOD:PATH BACKEND`, one a line. */
export function routesMap(routes: readonly FrontRoute[]): string {
  return routes.map((route) => `${route.method}:${route.path} ${backendName(route)}\n`).join("");
}

/** Where the front finds its files: folder and port are others only where a test runs it on its own machine. */
export interface FrontPlace {
  readonly file: (name: string) => string;
  readonly port: number;
  readonly healthPort: number;
  readonly serverOf: (route: FrontRoute) => string;
}

const IN_CONTAINER: FrontPlace = {
  file: filePath,
  port: FRONT_INSIDE,
  healthPort: HEALTH_PORT,
  serverOf: ({ container, inside }) => `${containerName(container)}:${inside}`,
};

/** HAProxy's configuration for these routes. */
export function frontConfig(routes: readonly FrontRoute[], place: FrontPlace = IN_CONTAINER): string {
  const head = renderConfigFile("front/haproxy.cfg", {
    port: place.port,
    health_port: place.healthPort,
    server_file: place.file("front/server.pem"),
    trust_file: place.file("front/ca.pem"),
    routes_file: place.file("front/routes.map"),
    client_name: FRONT_CLIENT,
  });
  const backends = routes.map((route) =>
    [
      `backend ${backendName(route)}`,
      `  http-request set-uri ${route.to}`,
      `  server own ${place.serverOf(route)} resolvers docker init-addr libc,none maxconn 8`,
      "",
    ].join("\n"),
  );
  return head + backends.join("\n");
}

/**
 * The TLS front of one host: the other host's Prometheus and backups reach what speaks HTTP here through it, by named paths
 * and with the pair's client certificate. It has no data; new certificates are taken by a reload, which lets running
 * requests end.
 */
export class Front extends pulumi.ComponentResource {
  public readonly image: docker.RemoteImage;
  public readonly container: docker.Container;

  constructor(name: string, args: FrontArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:Front", name, {}, opts);
    const { environment, front } = args;
    const routes = frontRoutes(environment);
    const leaves = front.certificates.apply(frontLeaves);
    const { image, container } = declareContainer(this, name, args, {
      service: "front",
      user: "haproxy",
      entrypoint: ["haproxy"],
      // A master that stays process 1, and workers that a reload replaces.
      command: ["-W", "-db", "-f", filePath("front/haproxy.cfg")],
      uploads: [upload(`${GUARD_FOLDER}/health.sh`, configFile("front/health.sh"))],
      files: [
        settingFile("front/haproxy.cfg", frontConfig(routes), "reload"),
        settingFile("front/routes.map", routesMap(routes), "reload"),
        secretFile(
          "front/ca.pem",
          leaves.apply(({ trust }) => trust),
        ),
        secretFile(
          "front/server.pem",
          leaves.apply(({ server }) => server.certificate + server.key),
        ),
      ],
      reload: { signal: "SIGHUP" },
      // One that is not there must not hold up its start. More than one option might be told in another order.
      dnsOptions: ["timeout:1"],
      ports: [{ key: "front", internal: FRONT_INSIDE, external: environment.ports.front }],
      healthCheck: {
        command: ["sh", `${GUARD_FOLDER}/health.sh`, String(HEALTH_PORT)],
        intervalSeconds: 10,
        awaited: true,
      },
      stopGraceSeconds: 15,
    });
    this.image = image;
    this.container = container;
    this.registerOutputs({ container: container.name });
  }
}
