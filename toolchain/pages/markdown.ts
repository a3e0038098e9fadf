/** A Markdown table as prettier lays it out: every column as wide as its widest cell. A `|` in a cell is escaped. */
export function markdownTable(head: readonly string[], body: readonly (readonly string[])[]): string {
  const rows = [head, ...body].map((row) => head.map((_, column) => (row[column] ?? "").replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], fill = " "): string =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width, fill)).join(" | ")} |\n`;
  const [first = [], ...others] = rows;
  return line(first) + line([], "-") + others.map((row) => line(row)).join("");
}

/** Text with every long option in it marked as code, where it is not yet. */
export function withFlagsAsCode(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part : part.replaceAll(/(?<![\w-])--[a-z][a-z-]*[a-z]/g, "`$&`")))
    .join("");
}

/**
 * A page with what stands between its marks `<!-- NAME -->` and `<!-- end of NAME -->` written anew.
 * @param parts the text of each part by its name, a blank line before and after it included by this function
 * @throws Error naming the page and the part whose marks are not in it
 */
export function withParts(file: string, page: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const between = new RegExp(`(<!-- ${name} -->\n).*?(<!-- end of ${name} -->)`, "s");
    if (!between.test(text)) throw new Error(`${file} has no marks <!-- ${name} --> and <!-- end of ${name} -->`);
    return text.replace(between, (_, begin: string, end: string) => `${begin}\n${part}\n${end}`);
  }, page);
}
