import { readFileSync } from "node:fs";
import path from "node:path";

/** A script of `configs/guard/` as this version has it, for a shell in a container that may be of an earlier one. */
export function guardScript(name: string): string {
  return readFileSync(path.resolve(__dirname, "../../configs/guard", name), "utf8");
}
