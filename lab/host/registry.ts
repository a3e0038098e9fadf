import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { startDaemon } from "./daemon";
import { LAB_FILES, REGISTRY, registryStorage } from "./layout";
import { processesOf, terminate, type Process } from "./processes";
import type { Part } from "./progress";
import { LabError } from "./run";
import { waitUntil } from "./wait";

/** The registry's configuration: it listens on the bridge alone, and keeps its images in `storage`. */
export function registryConfig(storage: string): string {
  return stringify({
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: REGISTRY },
  });
}

function registryProcesses(): readonly Process[] {
  return processesOf("docker-registry", LAB_FILES.registryConfig);
}

/** Looks at the registry itself: its process, and whether its API answers. */
export async function inspectRegistry(): Promise<string | undefined> {
  if (registryProcesses().length === 0) return "not running";
  try {
    const answer = await fetch(`http://${REGISTRY}/v2/`, { signal: AbortSignal.timeout(3_000) });
    return answer.ok ? undefined : `answers ${answer.status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Ends the lab's registry; its images stay. */
export async function endRegistry(): Promise<void> {
  await terminate(
    registryProcesses().map((one) => one.pid),
    2_000,
  );
}

async function startRegistry(): Promise<void> {
  await endRegistry();
  const storage = registryStorage(process.env);
  mkdirSync(storage, { recursive: true });
  mkdirSync(path.dirname(LAB_FILES.registryConfig), { recursive: true });
  writeFileSync(LAB_FILES.registryConfig, registryConfig(storage));
  const args = ["serve", LAB_FILES.registryConfig];
  startDaemon({ command: "docker-registry", args, log: LAB_FILES.registryLog });
  if (!(await waitUntil(async () => (await inspectRegistry()) === undefined, 10_000))) {
    throw new LabError(`the image registry does not answer on ${REGISTRY}; next: tail ${LAB_FILES.registryLog}`);
  }
}

/** The image registry of the lab, on the operator's side. */
export function registryPart(): Part {
  return { name: "registry", inspect: inspectRegistry, repair: startRegistry };
}
