import path from "node:path";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { buildSync } from "esbuild";
import { hostPort } from "../settings/address";
import { PEER_PATH, SENTINEL_INSIDE, type AgentConfig, type SentinelHost } from "../settings/agent-config";
import { trustBundle } from "../settings/certificates/clients";
import type { StackCertificates } from "../settings/certificates/stored";
import type { Credentials } from "../settings/credentials";
import { encryptionOf, REDIS_TLS_INSIDE, usesEncryption } from "../settings/encryption";
import { AGENT_METRICS, frontPath } from "../settings/front";
import { ROLES_FOLDER, ROLES_IN_AGENT } from "../settings/logs";
import { containerName, filePath, FILES_FOLDER, GUARD_FOLDER } from "../settings/names";
import type { NamedHost } from "../settings/pair";
import { SERVICES, STORE_NAMES, type StoreName } from "../settings/services";
import { secretFile, settingFile, upload, type ServiceFile } from "./config-files";
import { passwordFiles, redisUserFile, roleFile } from "./password-files";
import { frontClientFiles } from "./front-files";
import type { ServiceArgs } from "./service-args";
import { declareContainer, httpEndpoint } from "./service-container";

/** What the agent of one host is made from. */
export interface AgentArgs extends ServiceArgs {
  readonly secrets: pulumi.Output<Credentials>;
  /** Undefined where the stack has none. */
  readonly certificates?: StackCertificates | undefined;
  /** The stores of the same host, whose boot guards' files it reads. */
  readonly volumesOf: Readonly<Record<StoreName, { readonly volume: docker.Volume }>>;
  /** The volume of the Collector of logs, in which it says the host's role; undefined where there is none. */
  readonly collectorVolume?: docker.Volume | undefined;
}

const PROGRAM = `${GUARD_FOLDER}/agent.js`;

/** The agent's program in one file: it runs in an image of Node alone, without packages. @throws Error of the bundler */
export function agentProgram(): string {
  const { outputFiles } = buildSync({
    entryPoints: [path.join(__dirname, "..", "agent", "main.ts")],
    ...{ bundle: true, write: false, minify: true, platform: "node", target: "node22", legalComments: "none" },
    external: ["pg-native"],
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("the bundler made nothing of agent/main.ts");
  return file.text;
}

/** Where the volume of a store is in the agent's container. */
function mountOf(store: StoreName): string {
  return `/stores/${store}`;
}

/** The same folder that the boot guard has in the store's own container, as the agent's has it. */
function guardFolderOf(store: StoreName): string {
  return `${mountOf(store)}/${path.posix.basename(SERVICES[store].guardFolder)}`;
}

function agentConfig(args: AgentArgs): AgentConfig {
  const { environment, view, certificates, front } = args;
  const encrypts = usesEncryption(encryptionOf(environment, certificates !== undefined));
  const store = (name: StoreName, tlsPort: number): AgentConfig["stores"][StoreName] => ({
    ...{ address: containerName(name), port: SERVICES[name].ports[0].inside, tlsPort, encrypts },
    guardFolder: guardFolderOf(name),
  });
  const { peer } = view;
  const { ports } = environment;
  const url =
    peer &&
    (front?.through === true
      ? `https://${hostPort(peer.replication_address, ports.front)}${frontPath("agent", PEER_PATH)}`
      : `http://${hostPort(peer.replication_address, ports.agent)}${PEER_PATH}`);
  return {
    environment: environment.name,
    ...{ host: view.self.name, port: AGENT_METRICS.inside, files: `${FILES_FOLDER}/current` },
    stores: {
      timescaledb: store("timescaledb", SERVICES.timescaledb.ports[0].inside),
      redis: store("redis", REDIS_TLS_INSIDE),
    },
    peer: peer === undefined || url === undefined ? null : { host: peer.name, url },
    lagObjectiveBytes: environment.objectives.max_replay_lag_bytes,
    sentinel: sentinelConfig(args),
    rolesFolder: environment.logs === undefined ? null : `${ROLES_IN_AGENT}/${ROLES_FOLDER}`,
  };
}

/** Clients are led to the port of Redis that encrypts where that alone lets them in. */
function sentinelConfig({ environment, view, certificates }: AgentArgs): AgentConfig["sentinel"] {
  const name = environment.agent?.sentinel_name;
  if (name === undefined) return null;
  const { ports } = environment;
  const encrypted = encryptionOf(environment, certificates !== undefined) === "required";
  const of = ({ address }: Pick<NamedHost, "address">): SentinelHost => ({
    redis: { host: address, port: encrypted ? ports.redis_tls : ports.redis },
    sentinel: { host: address, port: ports.sentinel },
  });
  return { name, port: SENTINEL_INSIDE, self: of(view.self), peer: view.peer === undefined ? null : of(view.peer) };
}

/** The certificates of this host without their keys: when they end is asked of them. */
function certificateFiles(certificates: StackCertificates | undefined): readonly ServiceFile[] {
  if (certificates === undefined) return [];
  return [
    secretFile("ca.crt", trustBundle(certificates)),
    secretFile("certificates/ca.pem", trustBundle(certificates)),
    ...Object.entries(certificates.leaves).map(([name, { certificate }]) =>
      secretFile(`certificates/${name}.pem`, certificate),
    ),
  ];
}

/**
 * The agent of one host: it watches both stores and what their boot guards leave on the disk, and acts on nothing. It reads
 * the stores' volumes as root without any capability but the one that reads other accounts' files; they are mounted
 * read-only. It has no data; where logs are collected it writes the host's role into the Collector's volume.
 */
export class Agent extends pulumi.ComponentResource {
  public readonly image: docker.RemoteImage;
  public readonly container: docker.Container;
  /** Where it answers, `address:port`. */
  public readonly endpoint: string;

  constructor(name: string, args: AgentArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:Agent", name, {}, opts);
    const { environment, secrets, certificates, front, volumesOf } = args;
    const { image, container } = declareContainer(this, name, args, {
      service: "agent",
      user: "root",
      capabilities: ["DAC_READ_SEARCH"],
      entrypoint: ["node"],
      command: ["--max-old-space-size=48", PROGRAM, filePath("agent.json")],
      uploads: [upload(PROGRAM, agentProgram())],
      files: [
        settingFile("agent.json", `${JSON.stringify(agentConfig(args), undefined, 2)}\n`),
        ...passwordFiles(secrets, args.exchanging, {
          postgres: roleFile("understudy_agent"),
          redis: redisUserFile("understudy_agent"),
        }),
        ...certificateFiles(certificates),
        ...(front?.through === true ? frontClientFiles(front) : []),
      ],
      otherVolumes: [
        ...STORE_NAMES.map((store) => ({
          ...{ volumeName: volumesOf[store].volume.name, containerPath: mountOf(store), readOnly: true },
        })),
        ...(args.collectorVolume === undefined
          ? []
          : [{ volumeName: args.collectorVolume.name, containerPath: ROLES_IN_AGENT }]),
      ],
      ports: [
        { key: "agent", internal: AGENT_METRICS.inside, external: environment.ports.agent },
        ...(environment.agent?.sentinel_name === undefined
          ? []
          : [{ key: "sentinel" as const, internal: SENTINEL_INSIDE, external: environment.ports.sentinel }]),
      ],
      healthCheck: {
        command: ["node", PROGRAM, "--live", String(AGENT_METRICS.inside)],
        intervalSeconds: 30,
        awaited: false,
      },
      stopGraceSeconds: 5,
    });
    this.image = image;
    this.container = container;
    this.endpoint = httpEndpoint(args, environment.ports.agent);
    this.registerOutputs({ endpoint: this.endpoint, container: container.name });
  }
}
