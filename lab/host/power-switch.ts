import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { freezerOf, type Freezer } from "./cgroup";
import { LAB_FILES, LAB_HOSTS, REPLICATION_INTERFACE, type LabHost } from "./layout";
import type { Part } from "./progress";
import { LabError, run } from "./run";

const SOURCE = path.join(__dirname, "power-switch.sh");

/** One line of the switch's table of hosts; `lab/host/power-switch.sh` says what its words are. */
export function switchLine(host: LabHost, { folder, file, frozen, thawed }: Freezer): string {
  const words = [host.name, folder, file, frozen, thawed, host.operatorLink, host.namespace, REPLICATION_INTERFACE];
  return `${words.join(" ")}\n`;
}

function wantedFiles(): readonly { readonly file: string; readonly text: string; readonly mode: number }[] {
  const table = LAB_HOSTS.map((host) => switchLine(host, freezerOf(host))).join("");
  return [
    { file: `${LAB_FILES.powerSwitch}.hosts`, text: table, mode: 0o644 },
    { file: LAB_FILES.powerSwitch, text: readFileSync(SOURCE, "utf8"), mode: 0o755 },
  ];
}

function inspect(): string | undefined {
  const wrong = wantedFiles().find(({ file, text }) => !existsSync(file) || readFileSync(file, "utf8") !== text);
  return wrong === undefined ? undefined : `${path.basename(wrong.file)} is missing or of another version`;
}

/** Renamed into place: a drill may be running the switch at this moment. */
function write(): void {
  for (const { file, text, mode } of wantedFiles()) {
    writeFileSync(`${file}.new`, text, { mode });
    chmodSync(`${file}.new`, mode);
    renameSync(`${file}.new`, file);
  }
}

/** The lab's stand-in for a power switch: a command in the lab's folder that the environment file names as each host's fence. */
export function powerSwitchPart(): Part {
  return {
    name: "power switch",
    inspect: () => Promise.resolve(inspect()),
    repair: () => {
      write();
      return Promise.resolve();
    },
  };
}

async function ask(host: LabHost, word: "off" | "status"): Promise<string> {
  return (await run(LAB_FILES.powerSwitch, [host.name, word], { next: "understudy lab up" })).trim();
}

/** Whether no process of the host is left and its links are down, as the switch itself says; false where there is no lab. */
export async function isSwitchedOff(host: LabHost): Promise<boolean> {
  return existsSync(LAB_FILES.powerSwitch) && existsSync(host.namespaceFile) && (await ask(host, "status")) === "off";
}

/**
 * Switches the host off, silently; does nothing to a host that is off.
 * @throws LabError when something of the host still runs or a link of it is still up.
 */
export async function switchOff(host: LabHost): Promise<void> {
  if ((await ask(host, "off")) === "off") return;
  throw new LabError(`${host.name} cannot be switched off; next: understudy lab status`);
}
