import { LAB_FOLDER } from "../../settings/lab-folder";

/** Hides the lab's folder from one command and its children, as on a machine that never had a lab. */
export const HIDE_LAB = `[ ! -d ${LAB_FOLDER} ] || mount -t tmpfs none ${LAB_FOLDER}; exec "$@"`;

/** Only where there is a lab is a mount namespace asked for: not every root may have one. */
const HIDE_IF_THERE = `[ -d ${LAB_FOLDER} ] || exec "$@"; exec unshare --mount sh -c '${HIDE_LAB}' sh "$@"`;

/** A command that does not see a lab that is there when it begins: what passes with it passes on CI's bare machine. */
export function withoutLab(...command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return process.getuid?.() === 0 ? ["sh", "-c", HIDE_IF_THERE, "sh", ...command] : command;
}
