import { finished, PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type Docker from "dockerode";
import { bounded } from "./bounded";

const TIMEOUT_MS = 30_000;

/**
 * Runs one command in a container and returns what it printed.
 * @throws Error with its words when it does not exit 0, or when the engine has not told its end in time
 */
export function runInContainer(
  docker: Docker,
  container: string,
  command: readonly string[],
  timeoutMs = TIMEOUT_MS,
): Promise<string> {
  return bounded(`${container}: ${command[0] ?? ""}`, timeoutMs, runUnbounded(docker, container, command));
}

/** How often a reading that came back empty is asked again. */
const TRIES = 4;

/**
 * As `runInContainer`, for a reading that always prints something: a busy engine sometimes gives a command's end and
 * loses what it printed, so that is asked again.
 * @throws Error as well when it prints nothing again and again
 */
export async function readInContainer(
  docker: Docker,
  container: string,
  command: readonly string[],
  timeoutMs = TIMEOUT_MS,
): Promise<string> {
  for (let turn = 1; turn <= TRIES; turn++) {
    const said = await runInContainer(docker, container, command, timeoutMs);
    if (said.trim() !== "") return said;
  }
  throw new Error(`${container}: ${command.join(" ")} printed nothing, ${TRIES} times`);
}

/** An engine that is silent in the middle of a request keeps its caller waiting for ever: the bound is around all of it. */
async function runUnbounded(docker: Docker, container: string, command: readonly string[]): Promise<string> {
  const exec = await docker.getContainer(container).exec({ AttachStdout: true, AttachStderr: true, Cmd: [...command] });
  const stream = await exec.start({});
  const [output, complaints] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, output, complaints);
  // An engine that is closed or lost while the command runs ends the stream without its end.
  finished(stream, { writable: false }, (error) => {
    for (const one of [output, complaints]) {
      if (error) one.destroy(error);
      else one.end();
    }
  });
  const [said, complained] = await Promise.all([text(output), text(complaints)]);
  const { ExitCode: code } = await exec.inspect();
  if (code !== 0) throw new Error(`${container}: ${command.join(" ")} exited ${String(code)}: ${complained.trim()}`);
  return said;
}
