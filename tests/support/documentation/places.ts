import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { ROOT, type Page } from "./pages";

const FOLDERS = "settings|components|evidence|drills|operator|configs|cli|lab|toolchain|tests|docs|bin|\\.ci|\\.github";
const PLACE = new RegExp(`(?<![\\w/.:-])(?:${FOLDERS})/[\\w./*{},-]*`, "g");
const ROOT_FILE = /^[\w.-]+\.(md|ts|mjs|yaml|json)$/;

/** Every place in the checkout that a page names: in code spans, in shell blocks, and files of the top folder. */
export function placesNamed({ spans, shellLines }: Page): readonly string[] {
  const code = [...spans, ...shellLines].flatMap((one) => one.match(PLACE) ?? []);
  return [...new Set([...code, ...spans.filter((span) => ROOT_FILE.test(span))])].sort();
}

function isWrittenByARun(place: string): boolean {
  if (!/^(docs\/results|tests\/\.report)\//.test(place)) return false;
  // Document and signature lie beside the `.env` file that a verb names.
  const names = [place, place.replace(/(\.sigstore)?\.json$/, ".env")].flatMap((file) => [file, path.basename(file)]);
  return (
    place === "docs/results/" ||
    globSync("{cli,evidence,operator}/**/*.ts", { cwd: ROOT }).some((file) => {
      const source = readFileSync(path.join(ROOT, file), "utf8");
      return names.some((name) => source.includes(`"${name}"`));
    })
  );
}

/** Whether a place is in the checkout, or is a result that a verb writes by this name. A bare file name may be any file's. */
export function placeExists(place: string): boolean {
  if (isWrittenByARun(place) || globSync(place, { cwd: ROOT }).length > 0) return true;
  return (
    !place.includes("/") &&
    globSync(`{${FOLDERS.replaceAll("\\", "").replaceAll("|", ",")}}/**/${place}`, { cwd: ROOT }).length > 0
  );
}

/** The anchor that a heading gets: lower case, spaces to hyphens, nothing but letters, digits and hyphens. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, "")
    .replaceAll(" ", "-");
}

/** Relative links of a page that lead nowhere: the file is not there, or has no such heading. */
export function deadLinks({ file, text }: Page): readonly string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [target = "", anchor] = link.split("#", 2);
    const resolved = target === "" ? file : path.posix.join(path.posix.dirname(file), target);
    if (!existsSync(path.join(ROOT, resolved))) return true;
    if (anchor === undefined) return false;
    const headings = readFileSync(path.join(ROOT, resolved), "utf8").match(/^#+ .*$/gm) ?? [];
    return !headings.map((heading) => anchorOf(heading.replace(/^#+ /, ""))).includes(anchor);
  });
}
