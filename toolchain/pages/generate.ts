import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { generatedFiles } from "./generated-files";

const ROOT = path.resolve(__dirname, "../..");

/** `npm run generate`: writes every generated file, and prints its path. */
for (const [file, text] of generatedFiles()) {
  mkdirSync(path.dirname(path.join(ROOT, file)), { recursive: true });
  writeFileSync(path.join(ROOT, file), text);
  process.stdout.write(`${file}\n`);
}
