import path from "node:path";
import { buffer } from "node:stream/consumers";
import type Docker from "dockerode";
import { bounded } from "./bounded";
import { readTar, tarArchive } from "./tar";

const TIMEOUT_MS = 60_000;

/**
 * Copies a file or folder of one container to the same place in another one of the same host; its parent must be there.
 * @param except a folder below it that stays where it is, such as a volume of secrets
 */
export async function copyInto(docker: Docker, from: string, to: string, file: string, except?: string): Promise<void> {
  const parent = path.posix.dirname(file);
  const archive = await bounded(
    `${from}: ${file}`,
    TIMEOUT_MS,
    docker.getContainer(from).getArchive({ path: file }).then(buffer),
  );
  const left = except === undefined ? undefined : path.posix.relative(parent, except);
  const kept = readTar(archive).filter(({ name }) => {
    const own = name.replace(/\/$/, "");
    return left === undefined || (own !== left && !own.startsWith(`${left}/`));
  });
  await bounded(`${to}: ${file}`, TIMEOUT_MS, docker.getContainer(to).putArchive(tarArchive(kept), { path: parent }));
}
