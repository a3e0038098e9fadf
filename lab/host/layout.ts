import * as path from "node:path";
import { LAB_FOLDER, LAB_PROJECT } from "../../settings/lab-folder";

/** Bridge in the operator's own network namespace, and the operator's address on it. */
export const BRIDGE = { name: "understudy0", address: "10.91.0.1", prefix: 25, mac: "02:91:00:00:00:01" } as const;

/** The two networks of the lab: operator and hosts on the first, the two hosts alone on the second. */
export const LAB_SUBNET = "10.91.0.0/24";
/** The addresses of the network between the hosts, to which the operator has no way. */
export const REPLICATION_SUBNET = "10.91.0.128/25";

/** The image registry of the lab as the hosts and the operator reach it. */
export const REGISTRY = `${BRIDGE.address}:5000`;

/** Interface of a host towards the operator. */
export const OPERATOR_INTERFACE = "oper0";
/** Interface of a host towards the other host. */
export const REPLICATION_INTERFACE = "repl0";

/** Files and folders that belong to the lab as a whole. */
export const LAB_FILES = {
  ssh: path.join(LAB_FOLDER, "ssh"),
  sshConfig: path.join(LAB_FOLDER, "ssh/config"),
  sshKnownHosts: path.join(LAB_FOLDER, "ssh/known_hosts"),
  sshKey: path.join(LAB_FOLDER, "ssh/id_ed25519"),
  registryConfig: path.join(LAB_FOLDER, "registry/config.yml"),
  registryLog: path.join(LAB_FOLDER, "registry/registry.log"),
  images: path.join(LAB_FOLDER, "images.yaml"),
  signingKey: path.join(LAB_FOLDER, "signing-key.pem"),
  signingPublicKey: path.join(LAB_FOLDER, "signing-key.pub.pem"),
  passphrase: path.join(LAB_FOLDER, "passphrase"),
  state: path.join(LAB_FOLDER, "state"),
  project: LAB_PROJECT,
  powerSwitch: path.join(LAB_FOLDER, "power-switch"),
  /** Outside the folder, because `down` removes the folder while it holds the lock. */
  lock: "/run/understudy-lab.lock",
} as const;

/** One host of the lab: its names, addresses and files. */
export interface LabHost {
  readonly name: "host-a" | "host-b";
  readonly stack: "primary" | "standby";
  /** Network namespace, and the file that names it. */
  readonly namespace: string;
  readonly namespaceFile: string;
  /** The operator's end of the link into this host. */
  readonly operatorLink: string;
  readonly address: string;
  readonly replicationAddress: string;
  /** Hardware addresses, fixed: a link made anew is known to its neighbours at once, not after their caches have aged. */
  readonly mac: string;
  readonly replicationMac: string;
  /** Prefix length of both of the host's networks. */
  readonly prefix: number;
  /** Control group that holds every process of this host; its containers are in `<cgroup>/containers`. */
  readonly cgroup: string;
  readonly folder: string;
  /** The host's own disk: a sparse file, mounted at `disk`. Containers, volumes and images are on it. */
  readonly diskImage: string;
  readonly disk: string;
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly socket: string;
  readonly enginePidFile: string;
  readonly engineConfig: string;
  readonly engineLog: string;
  /** Address and range of the engine's default bridge; networks made later take a /24 each from `addressPool`. */
  readonly engineBridge: string;
  readonly addressPool: string;
  /** Root's home on this host, so that the shell and Docker files of the operator's own root play no part there. */
  readonly home: string;
  readonly sshdConfig: string;
  readonly sshdPidFile: string;
  readonly sshdLog: string;
  readonly sshHostKey: string;
}

function labHost(name: LabHost["name"], stack: LabHost["stack"], letter: "a" | "b", number: 1 | 2): LabHost {
  const folder = path.join(LAB_FOLDER, name);
  return {
    name,
    stack,
    namespace: `understudy-${name}`,
    namespaceFile: `/run/netns/understudy-${name}`,
    operatorLink: `understudy-${letter}`,
    address: `10.91.0.1${number}`,
    replicationAddress: `10.91.0.13${number}`,
    mac: `02:91:00:00:00:1${number}`,
    replicationMac: `02:91:00:00:01:3${number}`,
    prefix: 25,
    cgroup: `understudy-${name}`,
    folder,
    diskImage: path.join(folder, "disk.img"),
    disk: path.join(folder, "disk"),
    dataRoot: path.join(folder, "disk/docker"),
    execRoot: path.join(folder, "exec"),
    socket: path.join(folder, "docker.sock"),
    enginePidFile: path.join(folder, "docker.pid"),
    engineConfig: path.join(folder, "daemon.json"),
    engineLog: path.join(folder, "dockerd.log"),
    engineBridge: `172.30.${number}.1/24`,
    addressPool: `172.30.${number * 16}.0/20`,
    home: path.join(folder, "home"),
    sshdConfig: path.join(folder, "sshd_config"),
    sshdPidFile: path.join(folder, "sshd.pid"),
    sshdLog: path.join(folder, "sshd.log"),
    sshHostKey: path.join(folder, "ssh_host_ed25519_key"),
  };
}

/** The lab's first host; its stack declares it primary at first. */
export const HOST_A = labHost("host-a", "primary", "a", 1);
/** The lab's second host; its stack declares it standby at first. */
export const HOST_B = labHost("host-b", "standby", "b", 2);

/** Both hosts, in the order of the lab's environment file. */
export const LAB_HOSTS: readonly LabHost[] = [HOST_A, HOST_B];

/** Where images survive a `lab down`: outside the lab's folder, in the user's cache. */
export function registryStorage(env: NodeJS.ProcessEnv): string {
  const home = env["HOME"] ?? "/";
  const cache = env["UNDERSTUDY_CACHE"] ?? path.join(env["XDG_CACHE_HOME"] ?? path.join(home, ".cache"), "understudy");
  return path.join(cache, "registry");
}
