import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";

const ROOT = path.resolve(__dirname, "../..");

/** Each folder, and the folders of ours that its files may import from beside itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  settings: [],
  components: ["settings"],
  drills: ["settings"],
  lab: ["drills", "settings"],
  requirements: ["drills"],
  cli: ["lab", "requirements", "drills", "settings"],
  "index.ts": ["components", "drills", "settings"],
};

const IMPORT = /(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*"(\.{1,2}\/[^"]*)"/g;

/** The top-level folders that a source text imports from, by its place in the checkout. */
function importedFolders(file: string, text: string): readonly string[] {
  return [...text.matchAll(IMPORT)].map(([, target = ""]) => {
    const resolved = path.posix.join(path.posix.dirname(file), target);
    return resolved.split("/", 1)[0] ?? "";
  });
}

/** One line an import that its folder may not have. */
function forbiddenImports(file: string, text: string): readonly string[] {
  const own = file.split("/", 1)[0] ?? "";
  const allowed = [own, ...(MAY_IMPORT[own] ?? [])];
  return importedFolders(file, text)
    .filter((folder) => !allowed.includes(folder))
    .map((folder) => `${file} imports ${folder}/`);
}

describe("dependencies point one way", () => {
  for (const [own, allowed] of Object.entries(MAY_IMPORT)) {
    it(`${own} imports ${allowed.length === 0 ? "nothing of ours" : `only ${allowed.join(", ")}`} beside itself`, () => {
      const files = globSync(own.endsWith(".ts") ? own : `${own}/**/*.ts`, { cwd: ROOT });
      expect(files).not.to.deep.equal([]);
      const forbidden = files.flatMap((file) => forbiddenImports(file, readFileSync(path.join(ROOT, file), "utf8")));
      expect(forbidden).to.deep.equal([]);
    });
  }

  it("sees an import that is not allowed, however it is written", () => {
    for (const text of [
      'import { Host } from "../../components/host";',
      'import type { Host } from "../../components/host";',
      'export * from "../../components/host";',
      'import "../../components/host";',
      'const host = await import("../../components/host");',
      'const host = require("../../components/host");',
    ]) {
      expect(forbiddenImports("drills/planned/x.ts", text), text).to.deep.equal([
        "drills/planned/x.ts imports components/",
      ]);
    }
  });
});
