import { writeFileSync } from "node:fs";
import path from "node:path";
import { readInventory } from "./inventory";
import { PAGE_FILE, thirdPartyPage } from "./page";
import { readTable } from "./table";

const ROOT = path.resolve(__dirname, "../..");

/** `npm run generate`: writes the page of third-party software from the reviewed table. */
writeFileSync(path.join(ROOT, PAGE_FILE), thirdPartyPage(readTable(ROOT), readInventory(ROOT)));
process.stdout.write(`${PAGE_FILE}\n`);
