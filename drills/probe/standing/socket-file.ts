import { lstatSync, unlinkSync, type Stats } from "node:fs";
import { createConnection, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { messageOf, UserError } from "../../../settings/user-error";

/** Longest path of a Unix socket on Linux, in bytes, without its final zero. */
const LONGEST_PATH = 107;

const CONNECT_WITHIN_MS = 2000;

/** Where an environment's standing probe listens when nobody says otherwise. */
export function defaultProbeSocket(environmentName: string): string {
  return path.join(tmpdir(), `understudy-probe-${environmentName}.sock`);
}

function statOf(file: string): Stats | undefined {
  return lstatSync(file, { throwIfNoEntry: false });
}

/**
 * Whether there is a socket at `file`. Temporary folders are everybody's: what another account has put there is not taken
 * for a probe of ours.
 * @throws UserError when the path is too long, or something else is there
 */
export function isSocketFile(file: string): boolean {
  if (Buffer.byteLength(file) > LONGEST_PATH) {
    throw new UserError(
      `${file} is too long for a socket: at most ${LONGEST_PATH} bytes`,
      "understudy probe --help",
      2,
    );
  }
  const stat = statOf(file);
  if (stat === undefined) return false;
  if (!stat.isSocket()) {
    throw new UserError(`${file} is there and is not a socket`, "understudy probe --socket ANOTHER-FILE", 2);
  }
  if (stat.uid !== process.getuid?.()) {
    throw new UserError(`${file} belongs to another account`, "understudy probe --socket ANOTHER-FILE", 3);
  }
  return true;
}

/**
 * Connects to a Unix socket.
 * @returns undefined when nobody listens there: no such file, or one whose process has died
 * @throws UserError of `isSocketFile`, or when the connection is not made in 2 s
 */
export function connectTo(file: string): Promise<Socket | undefined> {
  if (!isSocketFile(file)) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const socket = createConnection(file);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      act();
    };
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new UserError(`${file}: no connection within ${CONNECT_WITHIN_MS} ms`, "understudy probe --stop"));
    }, CONNECT_WITHIN_MS);
    socket.once("connect", () => {
      settle(() => {
        resolve(socket);
      });
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      settle(() => {
        if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(undefined);
        else reject(new UserError(`${file}: ${messageOf(error)}`, "understudy probe --help"));
      });
    });
  });
}

/** Listens at `file`, readable and writable by this account only. @throws Error of the system, such as EADDRINUSE */
export async function listenAt(server: Server, file: string): Promise<SocketClaim> {
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(file, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } finally {
    process.umask(umask);
  }
  const own = statOf(file)?.ino;
  const isOurs = (): boolean => own !== undefined && statOf(file)?.ino === own;
  return {
    isOurs,
    release: () => {
      if (isOurs()) unlinkSync(file);
    },
  };
}

/** A socket file that this process listens at. */
export interface SocketClaim {
  /** False once the file was removed, or is another process' now: nobody can reach this one any more. */
  isOurs(): boolean;
  release(): void;
}
