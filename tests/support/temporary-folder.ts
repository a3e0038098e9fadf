import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/**
 * A folder for the tests of one `describe`; it is there in its tests and in all of its hooks, and gone after them: what is
 * made in it, such as a pair's environment file, may be needed to take down what was made of it.
 */
export function temporaryFolder(): () => string {
  let folder: string | undefined;
  const remove = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "understudy-test-"));
  });
  after(function () {
    // Hooks run in the order in which they were said; this one is said when all others were.
    this.test?.parent?.afterAll(remove);
  });
  return () => {
    if (folder === undefined) throw new Error("the folder is there in tests only");
    return folder;
  };
}
