import { copyFileSync, globSync, mkdirSync } from "node:fs";
import path from "node:path";
import { LAB_FILES } from "../../lab/host/layout";

/** Where evidence for the acceptance document is kept, from the checkout. */
export const ACCEPTANCE_FOLDER = "docs/results/acceptance";

/**
 * Keeps a drill's evidence, every file of it, for the acceptance document, and the key that the lab signs with: `lab down`
 * takes that away. Returns the kept `.env` file.
 */
export function keepForAcceptance(envFile: string): string {
  mkdirSync(ACCEPTANCE_FOLDER, { recursive: true });
  const name = path.basename(envFile, ".env");
  for (const file of globSync(`${path.join(path.dirname(envFile), name)}.*`)) {
    copyFileSync(file, path.join(ACCEPTANCE_FOLDER, path.basename(file)));
  }
  copyFileSync(LAB_FILES.signingPublicKey, path.join(ACCEPTANCE_FOLDER, path.basename(LAB_FILES.signingPublicKey)));
  return path.join(ACCEPTANCE_FOLDER, `${name}.env`);
}
