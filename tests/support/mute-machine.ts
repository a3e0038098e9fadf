import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A port at which whoever connects hears nothing at all, as of a machine without power. */
export interface MuteMachine {
  readonly port: number;
  end(): Promise<void>;
}

/** Listens and never accepts; once its queue is full, the kernel lets further attempts go unanswered. */
const LISTENS = `
const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  require("node:fs").writeSync(1, server.address().port + "\\n");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60000);
});
`;

const FILLERS = 4;

/** Starts one. */
export async function startMuteMachine(): Promise<MuteMachine> {
  const child = spawn(process.execPath, ["-e", LISTENS], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(said.toString());
  const fillers = Array.from({ length: FILLERS }, (): Socket => {
    const socket = connect({ host: "127.0.0.1", port });
    return socket.on("error", () => undefined);
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  return {
    port,
    end: async () => {
      for (const one of fillers) one.destroy();
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
