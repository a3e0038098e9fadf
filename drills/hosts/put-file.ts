import type Docker from "dockerode";
import path from "node:path";
import { bounded } from "./bounded";

const BLOCK = 512;
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

/** A tar archive (ustar) that holds one file. @throws RangeError when the name is longer than 100 bytes */
export function tarOf(name: string, content: Buffer, seconds: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new RangeError(`too long for a tar archive: ${name}`);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(content.length, 11), 124);
  header.write(octal(seconds, 11), 136);
  header.write(" ".repeat(8), 148);
  header.write("0", 156);
  header.write("ustar\0" + "00", 257, "latin1");
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148);
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * BLOCK)]);
}
