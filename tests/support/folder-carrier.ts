import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import type { Carrier } from "../../drills/services/data-sync/carrier";

/** A carrier whose scripts run on this machine, on a folder for each service. */
export interface FolderCarrier extends Carrier {
  /** Every script that it has run. */
  readonly ran: string[];
  /** Is asked before each script; what it throws is the script's failure. */
  before: (script: string) => void;
}

/** @param folder is made, with what it needs */
export function folderCarrier(folder: string): FolderCarrier {
  const work = path.join(folder, "work");
  mkdirSync(work, { recursive: true });
  const servers: ChildProcess[] = [];
  const read = async (script: string, ...words: string[]): Promise<string> => {
    carrier.before(script);
    carrier.ran.push(script);
    const { stdout } = await promisify(execFile)("sh", ["-c", `set -e\n${script}`, "sh", ...words], {
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  };
  const carrier: FolderCarrier = {
    ran: [],
    before: () => undefined,
    work,
    folder: (service) => {
      const one = path.join(folder, service);
      mkdirSync(one, { recursive: true });
      return one;
    },
    read,
    run: async (...words) => {
      await read(...words);
    },
    write: (name, text) => {
      const file = path.join(work, name);
      writeFileSync(file, text);
      return Promise.resolve(file);
    },
    serve: ([program = "", ...words]) => {
      servers.push(spawn(program, words, { stdio: "ignore" }));
      return Promise.resolve();
    },
    give: (file) => Promise.resolve(Readable.from([Buffer.from(path.basename(file) + "\n"), readFileSync(file)])),
    take: async (stream) => {
      const bytes = await buffer(stream);
      const end = bytes.indexOf("\n");
      writeFileSync(path.join(work, bytes.subarray(0, end).toString()), bytes.subarray(end + 1));
    },
    remove: async () => {
      for (const one of servers) {
        const ended = new Promise((resolve) => one.once("exit", resolve));
        if (one.kill("SIGKILL")) await ended;
      }
    },
  };
  return carrier;
}
