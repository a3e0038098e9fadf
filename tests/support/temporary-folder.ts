import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A folder for the tests of one `describe`; it is there in its tests and gone after them. */
export function temporaryFolder(): () => string {
  let folder: string | undefined;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "understudy-test-"));
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    if (folder === undefined) throw new Error("the folder is there in tests only");
    return folder;
  };
}
