import { LAB_FOLDER } from "../../settings/lab-folder";

/** Only where there is a lab is a mount namespace asked for: not every root may have one. */
const HIDE_LAB = `[ -d ${LAB_FOLDER} ] || exec "$@"; exec unshare --mount sh -c 'mount -t tmpfs none ${LAB_FOLDER} && exec "$@"' sh "$@"`;

/**
 * A command that does not see a lab that is there when it begins, as on a machine that never had one: what passes with it
 * passes on CI's bare machine.
 */
export function withoutLab(...command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return process.getuid?.() === 0 ? ["sh", "-c", HIDE_LAB, "sh", ...command] : command;
}
