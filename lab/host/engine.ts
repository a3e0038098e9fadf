import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { startDaemon } from "./daemon";
import { engineFault } from "./engine-api";
import { hostProcesses } from "../faults/host-processes";
import { workingIptables } from "./iptables";
import { REGISTRY, type LabHost } from "./layout";
import { unmountUnder } from "./disk";
import { removeEngineLinks } from "./network";
import { namespaceInode, processesOf, terminate, type Process } from "./processes";
import type { Part } from "./progress";
import { LabError } from "./run";
import { waitUntil } from "./wait";

/** How long a Docker engine may take from start to first answer, in milliseconds; 3 s is usual. */
const START_TIMEOUT_MS = 180_000;

/**
 * The engine's own configuration file; the machine's `/etc/docker/daemon.json` plays no part.
 * `userland-proxy` is off: a port is then published by kernel rules alone, which also serve a container that calls its own host's address,
 * and a killed engine leaves no proxy process behind that holds a port.
 */
export function engineConfig(host: LabHost): Record<string, unknown> {
  return {
    hosts: [`unix://${host.socket}`],
    "data-root": host.dataRoot,
    "exec-root": host.execRoot,
    pidfile: host.enginePidFile,
    bip: host.engineBridge,
    "default-address-pools": [{ base: host.addressPool, size: 24 }],
    "insecure-registries": [REGISTRY],
    "exec-opts": ["native.cgroupdriver=cgroupfs"],
    "cgroup-parent": `/${host.cgroup}/containers`,
    "live-restore": false,
    "userland-proxy": false,
    "storage-driver": "overlay2",
    "log-driver": "json-file",
    "log-opts": { "max-size": "10m", "max-file": "3" },
    "shutdown-timeout": 20,
    labels: [`understudy.host=${host.name}`],
  };
}

function engineProcesses(host: LabHost): readonly Process[] {
  return processesOf("dockerd", host.engineConfig);
}

/** Looks at the engine itself: its process, the network namespace it lives in, and whether its socket answers. */
export async function inspectEngine(host: LabHost): Promise<string | undefined> {
  const [running] = engineProcesses(host);
  if (running === undefined) return "not running";
  if (running.networkNamespace !== namespaceInode(host.namespaceFile)) return "in a namespace that is gone";
  return engineFault(host.socket);
}

/** Ends the engine and its containerd; containers survive it as they would on a real host whose engine crashed. */
async function endEngine(host: LabHost): Promise<void> {
  const pids = [...engineProcesses(host), ...processesOf("containerd", host.execRoot)].map((one) => one.pid);
  await terminate(pids, 10_000);
  // An engine takes any process that has been given the number in this file for its containerd, and waits for it in vain.
  rmSync(path.join(host.execRoot, "containerd/containerd.pid"), { force: true });
  rmSync(host.enginePidFile, { force: true });
  rmSync(host.socket, { force: true });
}

/**
 * A host without the shims of its containers has just been switched on: what lay in memory is gone, so its run-time folder starts empty and
 * the kernel's half of its containers' network is taken away.
 */
async function forgetLastBoot(host: LabHost): Promise<void> {
  if (hostProcesses(host, ["containerd-shim"]).length > 0) return;
  await removeEngineLinks(host);
  await unmountUnder(host.folder, host.disk);
  rmSync(host.execRoot, { recursive: true, force: true });
}

/**
 * Starts the host's engine and waits until it answers.
 * @throws LabError naming the engine's log when it does not.
 */
async function startEngine(host: LabHost): Promise<void> {
  await endEngine(host);
  await forgetLastBoot(host);
  mkdirSync(host.dataRoot, { recursive: true });
  writeFileSync(host.engineConfig, `${JSON.stringify(engineConfig(host), undefined, 2)}\n`);
  const pathFirst = await workingIptables(host);
  startDaemon({ command: "dockerd", args: ["--config-file", host.engineConfig], host, log: host.engineLog, pathFirst });
  const answers = async (): Promise<boolean> => (await engineFault(host.socket, 1_000)) === undefined;
  if (!(await waitUntil(answers, START_TIMEOUT_MS))) {
    throw new LabError(
      `the Docker engine of ${host.name} did not answer within ${START_TIMEOUT_MS / 1000} s; next: tail ${host.engineLog}`,
    );
  }
}

/** The Docker engine of one host. */
export function enginePart(host: LabHost): Part {
  return { name: `${host.name} engine`, inspect: () => inspectEngine(host), repair: () => startEngine(host) };
}
