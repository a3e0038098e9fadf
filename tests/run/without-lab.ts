import { existsSync } from "node:fs";
import { LAB_FOLDER } from "../../settings/lab-folder";

/** Hides the lab's folder from one command and its children, as on a machine that never had a lab. */
export const HIDE_LAB = `[ ! -d ${LAB_FOLDER} ] || mount -t tmpfs none ${LAB_FOLDER}; exec "$@"`;

/** A command that does not see this machine's lab, where it has one: what passes with it passes on CI's bare machine. */
export function withoutLab(...command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  const root = process.getuid?.() === 0;
  return root && existsSync(LAB_FOLDER) ? ["unshare", "--mount", "sh", "-c", HIDE_LAB, "sh", ...command] : command;
}
