import path from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { buildSync } from "esbuild";
import { hostPort } from "../settings/address";
import { trustBundle } from "../settings/certificates/clients";
import type { StackCertificates } from "../settings/certificates/stored";
import { sharedName } from "../settings/certificates/wanted";
import type { ClientsSection } from "../settings/clients-section";
import { DOOR_PORTS } from "../settings/door-ports";
import { DOOR_FOLDER, DOOR_USER, doorLeaves, KEEPER_PROGRAM } from "../settings/doors";
import { REDIS_TLS_INSIDE } from "../settings/encryption";
import { AGENT_METRICS, frontLeaves, PRIMARY_PATH, PRIMARY_ROUTES } from "../settings/front";
import { containerName, DATABASE, filePath, GUARD_FOLDER } from "../settings/names";
import { SERVICES, type DOOR_CONTAINERS } from "../settings/services";
import { configFile, secretFile, settingFile, upload } from "./config-files";
import { doorConfig, doorPlace, poolerConfig, type DoorServer } from "./door-config";
import type { ServiceArgs } from "./service-args";
import { declareContainer } from "./service-container";

/** What the door of one host is made from. */
export interface DoorArgs extends Omit<ServiceArgs, "image"> {
  readonly clients: ClientsSection;
  /** Undefined where the stack has none: then nothing is declared that could be started. */
  readonly certificates: StackCertificates;
}

/** The keeper's program in one file: it runs in an image of Node alone. @throws Error of the bundler */
export function keeperProgram(): string {
  const { outputFiles } = buildSync({
    entryPoints: [path.join(__dirname, "..", "doors", "main.ts")],
    ...{ bundle: true, write: false, minify: true, platform: "node", target: "node22", legalComments: "none" },
    external: ["pg-native"],
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("the bundler made nothing of doors/main.ts");
  return file.text;
}

/** The two hosts as this one's door sees them: its own containers by their names, the other host's ports by its address. */
function serversOf({ environment, view: { self, peer }, front }: DoorArgs): Record<"own" | "peer", DoorServer> {
  if (peer === undefined) throw new Error("clients: one host has nobody to lead clients to");
  const { ports } = environment;
  const through = front?.through === true;
  const plain = (store: string): string => `${PRIMARY_PATH}?store=${store}`;
  return {
    own: {
      name: self.name,
      stores: {
        timescaledb: `${containerName("timescaledb")}:${String(SERVICES.timescaledb.ports[0].inside)}`,
        redis: `${containerName("redis")}:${String(REDIS_TLS_INSIDE)}`,
      },
      ...{ asked: `${containerName("agent")}:${String(AGENT_METRICS.inside)}`, question: plain, encrypted: false },
    },
    peer: {
      name: peer.name,
      stores: {
        timescaledb: hostPort(peer.replication_address, ports.postgres),
        redis: hostPort(peer.replication_address, ports.redis_tls),
      },
      asked: hostPort(peer.replication_address, through ? ports.front : ports.agent),
      question: (store) => (through && PRIMARY_ROUTES.find((one) => one.store === store)?.path) || plain(store),
      encrypted: through,
    },
  };
}

/**
 * The door of one host, three containers without data: HAProxy leads to whichever host is primary, PgBouncer pools the
 * clients of PostgreSQL before it, and the keeper gives a drill's orders to both and opens them when the drill falls silent.
 * They share one folder with their sockets, and the account that may use them.
 */
export class Door extends pulumi.ComponentResource {
  public readonly container: docker.Container;
  /** Each of its containers. */
  public readonly containers: Readonly<Record<(typeof DOOR_CONTAINERS)[number], docker.Container>>;

  constructor(name: string, args: DoorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:Door", name, {}, opts);
    const { environment, clients, certificates } = args;
    const { server, role } = doorLeaves(certificates);
    const { client: front } = frontLeaves(certificates);
    const trust = secretFile("ca.crt", trustBundle(certificates));
    const sockets = new docker.Volume(
      "door-sockets",
      { name: "understudy-door-sockets" },
      { parent: this, provider: args.host.provider },
    );
    // The engine gives a new volume the rights of the folder in the image, and everybody may write to this one.
    const otherVolumes = [{ volumeName: sockets.name, containerPath: DOOR_FOLDER }];
    const common = { user: DOOR_USER, otherVolumes, stopGraceSeconds: 5 };
    const { container } = declareContainer(
      this,
      name,
      { ...args, image: clients.haproxy.image },
      {
        ...{ ...common, service: "door", entrypoint: ["haproxy"], aliases: [sharedName(environment)] },
        command: ["-W", "-db", "-f", filePath("door/haproxy.cfg")],
        uploads: [upload(`${GUARD_FOLDER}/health.sh`, configFile("front/health.sh"))],
        files: [
          settingFile("door/haproxy.cfg", doorConfig(clients, serversOf(args), doorPlace(filePath)), "reload"),
          trust,
          secretFile("door/server.pem", server.certificate + server.key),
          secretFile("door/front.pem", front.certificate + front.key),
        ],
        reload: { signal: "SIGHUP" },
        dnsOptions: ["timeout:1"],
        ports: [{ key: "door_redis", internal: DOOR_PORTS.redis, external: environment.ports.door_redis }],
        healthCheck: {
          command: ["sh", `${GUARD_FOLDER}/health.sh`, String(DOOR_PORTS.health)],
          ...{ intervalSeconds: 10, awaited: true },
        },
      },
    );
    const place = { file: filePath, folder: DOOR_FOLDER, listen: "*", port: DOOR_PORTS.pooler };
    const door = { host: sharedName(environment), port: DOOR_PORTS.postgres };
    const pooler = declareContainer(
      this,
      "pooler",
      { ...args, image: clients.pgbouncer.image },
      {
        ...{ ...common, service: "pooler", entrypoint: ["pgbouncer"], command: [filePath("door/pgbouncer.ini")] },
        uploads: [],
        files: [
          settingFile("door/pgbouncer.ini", poolerConfig(clients, DATABASE, { ...place, door }), "reload"),
          trust,
          secretFile("door/server.crt", server.certificate),
          secretFile("door/server.key", server.key),
          secretFile("door/role.crt", role.certificate),
          secretFile("door/role.key", role.key),
        ],
        reload: { signal: "SIGHUP" },
        // An interrupt would let its clients end first.
        stopSignal: "SIGTERM",
        ports: [{ key: "door_postgres", internal: DOOR_PORTS.pooler, external: environment.ports.door_postgres }],
        healthCheck: {
          command: ["test", "-S", `${DOOR_FOLDER}/.s.PGSQL.${String(DOOR_PORTS.pooler)}`],
          ...{ intervalSeconds: 10, awaited: false },
        },
      },
    );
    const keeper = declareContainer(
      this,
      "keeper",
      { ...args, image: clients.keeper.image },
      {
        ...{ ...common, service: "keeper", entrypoint: ["node"], command: [KEEPER_PROGRAM, DOOR_FOLDER] },
        uploads: [upload(KEEPER_PROGRAM, keeperProgram())],
        files: [],
        ports: [],
        healthCheck: {
          command: ["node", KEEPER_PROGRAM, DOOR_FOLDER, "--live"],
          ...{ intervalSeconds: 30, awaited: false },
        },
      },
    );
    this.container = container;
    this.containers = { door: container, pooler: pooler.container, keeper: keeper.container };
    this.registerOutputs({ container: container.name });
  }
}
