import { activeFaults, type ActiveFault } from "../faults/active";
import { engineFault, listContainers, type ContainerStatus } from "./engine-api";
import { inspectEngine } from "./engine";
import { currentMountsUnder } from "./mounts";
import { LAB_HOSTS, REGISTRY, type LabHost } from "./layout";
import { LAB_FOLDER } from "../../settings/lab-folder";
import { networkParts } from "./network";
import { inspectRegistry } from "./registry";
import { inspectSshd } from "./sshd";

/** Whether one part is as it should be; `reason` says what is wrong when it is not. */
export interface PartStatus {
  readonly ok: boolean;
  readonly reason: string | null;
}

export interface HostStatus {
  readonly name: string;
  readonly stack: string;
  readonly address: string;
  readonly replicationAddress: string;
  readonly engine: PartStatus;
  readonly sshd: PartStatus;
  readonly disk: PartStatus;
  readonly containers: readonly ContainerStatus[];
}

/** The lab as it is at this moment. */
export interface LabStatus {
  /** Whether every part of the lab itself is as it should be and no fault is on; containers do not count. */
  readonly up: boolean;
  readonly folder: string;
  readonly registry: PartStatus & { readonly address: string };
  readonly network: readonly (PartStatus & { readonly name: string })[];
  readonly hosts: readonly HostStatus[];
  /** Faults made on purpose that are on now. */
  readonly faults: readonly ActiveFault[];
}

function part(fault: string | undefined): PartStatus {
  return { ok: fault === undefined, reason: fault ?? null };
}

async function hostStatus(host: LabHost): Promise<HostStatus> {
  const [engine, sshd] = await Promise.all([inspectEngine(host), inspectSshd(host)]);
  const answers = engine === undefined && (await engineFault(host.socket)) === undefined;
  return {
    name: host.name,
    stack: host.stack,
    address: host.address,
    replicationAddress: host.replicationAddress,
    engine: part(engine),
    sshd: part(sshd),
    disk: part(currentMountsUnder(host.disk).includes(host.disk) ? undefined : "not mounted"),
    containers: answers ? await listContainers(host.socket) : [],
  };
}

/** Looks at every part of the lab and changes nothing. */
export async function labStatus(): Promise<LabStatus> {
  const [registry, network, hosts, faults] = await Promise.all([
    inspectRegistry(),
    Promise.all(networkParts().map(async (one) => ({ name: one.name, ...part(await one.inspect()) }))),
    Promise.all(LAB_HOSTS.map(hostStatus)),
    activeFaults(),
  ]);
  const all = [part(registry), ...network, ...hosts.flatMap((host) => [host.engine, host.sshd, host.disk])];
  return {
    up: all.every((one) => one.ok) && faults.length === 0,
    folder: LAB_FOLDER,
    registry: { address: REGISTRY, ...part(registry) },
    network,
    hosts,
    faults,
  };
}
