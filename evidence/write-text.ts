import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { messageOf, UserError } from "../settings/user-error";

/**
 * Writes a text whole or not at all, and makes its folder.
 * @throws UserError with exit code 1 when it cannot be written
 */
export async function writeText(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new UserError(`${path} cannot be written: ${messageOf(thrown)}`, "choose another place to write to");
  }
}
