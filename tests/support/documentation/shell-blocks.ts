import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./pages";

/** The texts of the `language` blocks under a heading of a page, up to the next heading of any level. */
export function blocksUnder(file: string, heading: string, language = "sh"): readonly string[] {
  const text = readFileSync(path.join(ROOT, file), "utf8");
  const begin = text.search(new RegExp(`^#+ ${heading}$`, "m"));
  if (begin < 0) throw new Error(`${file} has no heading "${heading}"`);
  const body = text.slice(text.indexOf("\n", begin));
  const section = body.slice(0, /^#+ /m.exec(body)?.index);
  const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  return blocks.filter(([, kind]) => kind === language).map(([, , block = ""]) => block);
}

/** The text of every `sh` block of a page. */
export function shellBlocks(file: string): readonly string[] {
  const text = readFileSync(path.join(ROOT, file), "utf8");
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = ""]) => block);
}
