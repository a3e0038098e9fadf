import { PassThrough, type Duplex } from "node:stream";
import type Docker from "dockerode";

/** A program that runs in a container: `stream` is its stdin, and ends when it ends. */
export interface OpenExec {
  readonly stream: Duplex;
  readonly output: PassThrough;
  readonly complaints: PassThrough;
}

/** Starts a program in a container, with its stdin and both its outputs open. */
export async function openExec(docker: Docker, container: string, command: readonly string[]): Promise<OpenExec> {
  const exec = await docker.getContainer(container).exec({
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Cmd: [...command],
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  const [output, complaints] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, output, complaints);
  return { stream, output, complaints };
}
