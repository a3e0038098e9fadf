import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { SPECIFICATION, withRuleTables } from "./generated-pages";
import { publishedSchemas } from "./published-schemas";
import { STEPS_PAGE, stepsPage } from "./steps-page";

const ROOT = path.resolve(__dirname, "../..");

/** `npm run generate`: writes the published schemas, the page of the steps, and the tables of rules in the specification. */
function generate(): void {
  for (const [file, text] of publishedSchemas()) write(file, text);
  write(STEPS_PAGE, stepsPage());
  write(SPECIFICATION, withRuleTables(readFileSync(path.join(ROOT, SPECIFICATION), "utf8")));
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(ROOT, file)), { recursive: true });
  writeFileSync(path.join(ROOT, file), text);
  process.stdout.write(`${file}\n`);
}

generate();
