import path from "node:path";
import { LineProcess } from "../hosts/line-process";
import type { ClientSettings } from "./order";
import { clientEventSchema, type ClientCommand, type ClientEvent } from "./protocol";

/** Pythons that a driver is looked for in: the first on PATH, and the system's own, for which packages install it. */
export const PYTHONS = ["python3", "/usr/bin/python3"] as const;

/** A load process as its parent sees it: it takes no part in the drill, and ends with it. */
export class LoadProcess extends LineProcess<ClientEvent, ClientCommand> {
  /** @param python which one, for a driver of Python */
  constructor({ driver, password, tls }: Pick<ClientSettings, "driver" | "password" | "tls">, python?: string) {
    super({
      file: path.resolve(__dirname, python !== undefined ? "load.py" : "main.ts"),
      // Without bytecode beside the scripts: the folder may be somebody else's.
      ...(python !== undefined ? { interpreter: [python, "-B"] as const } : {}),
      name: `the client load of ${driver}`,
      parse: (line) => clientEventSchema.parse(JSON.parse(line)),
      secrets: [password, ...(tls === undefined ? [] : [tls.key])],
    });
  }
}
