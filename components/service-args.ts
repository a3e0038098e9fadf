import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { HostPreparation } from "./host-preparation";
import type { StackCertificates } from "../settings/certificates/stored";
import type { Environment } from "../settings/environment";
import type { Exchanged } from "../settings/exchanged";
import type { HostListening } from "../settings/listen";
import type { FrontPlan } from "../settings/front";
import type { Overlays } from "../settings/overlays";
import { NETWORK_NAME } from "../settings/names";
import type { HostView, NamedHost } from "../settings/pair";

/** What a host's engine and network are made from. */
export interface HostArgs {
  /** The host of the environment file that this stack declares. */
  readonly self: NamedHost;
}

/** One Docker engine, reached over SSH, and the network that joins the containers on it; a bare host is prepared first, if asked for. */
export class Host extends pulumi.ComponentResource {
  /** The engine: every resource of this host names it, there is no default provider. */
  public readonly provider: docker.Provider;
  public readonly network: docker.Network;

  constructor(name: string, args: HostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:Host", name, {}, opts);
    const { docker: endpoint, ssh_config: sshConfig } = args.self;
    this.provider = new docker.Provider(
      `${name}-engine`,
      { host: endpoint, ...(sshConfig === undefined ? {} : { sshOpts: ["-F", sshConfig] }) },
      { parent: this },
    );
    const { preparation } = args.self;
    const prepared =
      preparation === undefined
        ? []
        : [new HostPreparation(`${name}-preparation`, { self: args.self, preparation }, { parent: this })];
    this.network = new docker.Network(
      `${name}-network`,
      { name: NETWORK_NAME, driver: "bridge" },
      { parent: this, provider: this.provider, deleteBeforeReplace: true, dependsOn: prepared },
    );
    this.registerOutputs({ network: this.network.name });
  }
}

/** How a host's services that speak HTTP are reached, and the certificates for it. */
export interface HostFront extends FrontPlan {
  readonly certificates: pulumi.Output<StackCertificates>;
}

/**
 * What every service component is told. There is no role among it: a container is declared the same on the primary
 * and on the standby, and the role lives in the store's data directory.
 */
export interface ServiceArgs {
  readonly environment: Environment;
  /** The host the service stands on, and its peer if there is one. */
  readonly view: HostView;
  /** Where the containers go. */
  readonly host: Host;
  readonly listening: HostListening;
  /** Which passwords are being exchanged: of these a container has the former one too. */
  readonly exchanging?: readonly Exchanged[] | undefined;
  /** How what speaks HTTP is reached. @default plainly, as without certificates */
  readonly front?: HostFront | undefined;
  /** What the operator's own files add, and the secrets that they name. @default nothing */
  readonly overlays?: Overlays | undefined;
  readonly overlaySecrets?: pulumi.Output<Readonly<Record<string, string>>> | undefined;
  /**
   * Image reference. `name@sha256:…` is used as it is; a tag is resolved when the image is first pulled, and stays.
   * @example "prom/prometheus@sha256:…"
   */
  readonly image: string;
}
