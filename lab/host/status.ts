import { type ActiveFault, activeFaults } from "../faults/heal";
import { currentMountsUnder } from "./disk";
import { type ContainerStatus, engineFault, listContainers } from "./engine-api";
import { inspectEngine } from "./engine";
import { LAB_HOSTS, type LabHost, REGISTRY } from "./layout";
import { networkParts } from "./network";
import { inspectRegistry } from "./registry";
import { inspectSshd } from "./sshd";
import { LAB_FOLDER } from "../../settings/lab-folder";

/** Whether one part is as it should be; `reason` says what is wrong when it is not. */
export interface PartStatus {
  readonly ok: boolean;
  readonly reason: string | null;
}

/** One host of the lab: its parts, and the containers on it where its engine answers. */
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

function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd([10, 24, 14][index] ?? 0))
    .join(" ")
    .trimEnd();
}

function partRow(host: string, name: string, part: PartStatus): string {
  return row([host, name, part.ok ? "up" : "MISSING", part.reason ?? ""]);
}

function sum({ up, faults }: LabStatus): string {
  if (faults.length > 0) return "The lab is broken on purpose; next: understudy lab heal";
  return up ? "The lab is up." : "The lab is not up; next: understudy lab up";
}

/** The lab's status as lines for a person: one line a part and a container, a reason beside whatever is wrong. */
export function statusTable(status: LabStatus): readonly string[] {
  const lab = [
    ...status.network.map((part) => partRow("lab", part.name, part)),
    partRow("lab", `registry ${status.registry.address}`, status.registry),
  ];
  const hosts = status.hosts.flatMap((host) => [
    partRow(host.name, `engine ${host.address}`, host.engine),
    partRow(host.name, "sshd", host.sshd),
    partRow(host.name, "disk", host.disk),
    ...host.containers.map((one) => row([host.name, one.name, one.state, one.health ?? ""])),
  ]);
  const faults = status.faults.map((one) => row([one.host ?? "pair", one.name, "FAULT", one.sentence]));
  return [row(["where", "what", "state", "detail"]), ...lab, ...hosts, ...faults, sum(status)];
}
