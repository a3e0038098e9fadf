import type Docker from "dockerode";
import path from "node:path";
import { bounded } from "./bounded";
import { tarArchive } from "./tar";

const TIMEOUT_MS = 60_000;

/**
 * Writes one file into a container, running or stopped, replacing what has its name. Its folder must be there. The file
 * belongs to root and everybody in the container may read it; who may write the folder may remove it.
 */
export async function putFile(docker: Docker, container: string, file: string, content: string): Promise<void> {
  const archive = tarOf(path.posix.basename(file), Buffer.from(content), Math.floor(Date.now() / 1000));
  await bounded(
    `${container}: ${file}`,
    TIMEOUT_MS,
    docker.getContainer(container).putArchive(archive, { path: path.posix.dirname(file) }),
  );
}

/** As `putFile`, into a container that is new: folders that are not there are made. */
export async function putNewFile(docker: Docker, container: string, file: string, content: string): Promise<void> {
  const archive = tarOf(file.replace(/^\//, ""), Buffer.from(content), Math.floor(Date.now() / 1000));
  await bounded(`${container}: ${file}`, TIMEOUT_MS, docker.getContainer(container).putArchive(archive, { path: "/" }));
}

/** A tar archive that holds one file. @throws RangeError when the name is longer than 100 bytes */
export function tarOf(name: string, content: Buffer, seconds: number): Buffer {
  return tarArchive([{ name, kind: "file", content, target: "", uid: 0, gid: 0, mode: 0o644 }], seconds);
}
