import path from "node:path";
import { LineProcess } from "../hosts/line-process";
import type { ProbeSettings } from "./options";
import { probeEventSchema, type ProbeEvent, type ReadFrom } from "./protocol";
import type { StandCommand } from "./standing/protocol";

type ProbeMessage =
  { command: "start"; options: ProbeSettings } | { command: "finish"; readFrom: ReadFrom } | StandCommand;

/** The probe's process as its parent sees it. */
export class ProbeProcess extends LineProcess<ProbeEvent, ProbeMessage> {
  /**
   * @param main its program, in this folder
   * @param secrets words that never leave it through `notes` or an error, whatever a driver may say
   * @param detached true: in a session of its own, which no terminal's signals reach
   */
  constructor(main: string, secrets: readonly string[], detached = false) {
    super({
      file: path.resolve(__dirname, main),
      name: "the probe's process",
      parse: (line) => probeEventSchema.parse(JSON.parse(line)),
      secrets,
      detached,
    });
  }
}
