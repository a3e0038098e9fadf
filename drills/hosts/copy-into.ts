import path from "node:path";
import type Docker from "dockerode";
import { bounded } from "./bounded";

const TIMEOUT_MS = 60_000;

/** Copies a file or folder of one container to the same place in another one of the same host; its parent must be there. */
export async function copyInto(docker: Docker, from: string, to: string, file: string): Promise<void> {
  const archive = await bounded(`${from}: ${file}`, TIMEOUT_MS, docker.getContainer(from).getArchive({ path: file }));
  await bounded(
    `${to}: ${file}`,
    TIMEOUT_MS,
    docker.getContainer(to).putArchive(archive, { path: path.posix.dirname(file) }),
  );
}
