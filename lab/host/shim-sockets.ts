import { existsSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import * as path from "node:path";

/** Where containerd's shims listen, whatever folder their engine was given. */
const FOLDER = "/run/containerd/s";

function refuses(socketFile: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketFile);
    const end = (refused: boolean): void => {
      socket.destroy();
      resolve(refused);
    };
    socket.once("connect", () => end(false));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code === "ECONNREFUSED"));
  });
}

/** Removes the sockets that killed shims left behind: those on which nobody listens. Those of other engines answer, and stay. */
export async function removeDeadShimSockets(): Promise<void> {
  if (!existsSync(FOLDER)) return;
  for (const file of readdirSync(FOLDER).map((name) => path.join(FOLDER, name))) {
    if (await refuses(file)) rmSync(file, { force: true });
  }
}
