import type Docker from "dockerode";
import { containerName } from "../../settings/names";
import { SERVICES, type StoreName } from "../../settings/services";
import { putFile } from "./put-file";

/**
 * Leaves the mark of a fence on a store's volume, whether its container runs or not: whatever its boot guard sees of its
 * peer, and whatever the policy, it does not start as a primary before a release.
 * @param by the drill, or what else fences it; the guard tells it
 * @throws Error when it could not be written
 */
export function markFenced(docker: Docker, store: StoreName, by: string): Promise<void> {
  const at = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  return putFile(docker, containerName(store), `${SERVICES[store].guardFolder}/fenced`, `${by} ${at}\n`);
}
