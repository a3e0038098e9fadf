import { copyFileSync, globSync, mkdirSync } from "node:fs";
import path from "node:path";

/** Where evidence for the acceptance document is kept, from the checkout. */
export const ACCEPTANCE_FOLDER = "docs/results/acceptance";

/** Keeps a drill's evidence, every file of it, for the acceptance document. Returns the kept `.env` file. */
export function keepForAcceptance(envFile: string): string {
  mkdirSync(ACCEPTANCE_FOLDER, { recursive: true });
  const name = path.basename(envFile, ".env");
  for (const file of globSync(`${path.join(path.dirname(envFile), name)}.*`)) {
    copyFileSync(file, path.join(ACCEPTANCE_FOLDER, path.basename(file)));
  }
  return path.join(ACCEPTANCE_FOLDER, `${name}.env`);
}
