import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseMapping } from "./mapping";
import { PROGRESS_FILE, renderProgress } from "./render-progress";
import { MAPPING_FILE } from "./verify-requirements";

const ROOT = path.resolve(__dirname, "../../..");

/** `npm run generate`: writes the page of progress from the mapping. */
const mapping = parseMapping(readFileSync(path.join(ROOT, MAPPING_FILE), "utf8"), MAPPING_FILE);
writeFileSync(path.join(ROOT, PROGRESS_FILE), renderProgress(mapping));
process.stdout.write(`${PROGRESS_FILE}\n`);
