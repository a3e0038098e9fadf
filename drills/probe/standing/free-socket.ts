import { unlinkSync } from "node:fs";
import { messageOf, UserError } from "../../../settings/user-error";
import { StandingConnection } from "./connection";
import { isSocketFile } from "./socket-file";

/**
 * Makes `file` free for a probe to listen at: one that a dead process left is removed.
 * @throws UserError saying who listens there
 */
export async function freeSocket(file: string): Promise<void> {
  const held = await StandingConnection.find(file);
  if (held === undefined) {
    if (isSocketFile(file)) unlinkSync(file);
    return;
  }
  try {
    const { run, pid, startedAt, environment, adoptedBy } = await held.describe();
    const holder = `${run} (pid ${pid}) of ${environment}, since ${startedAt}`;
    throw new UserError(
      `a background probe listens at ${file}: ${holder}${adoptedBy === null ? "" : `, adopted by ${adoptedBy}`}`,
      "understudy probe --stop, or a drill with --standing-probe",
      3,
    );
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 3) throw error;
    throw new UserError(`${file} is in use: ${messageOf(error)}`, "understudy probe --socket ANOTHER-FILE");
  } finally {
    held.hangUp();
  }
}
