import { ATTESTATION_RULES } from "../attestation/faults";
import { FORM_RULES, RULES } from "../verify/rules";

/** The page with the tables of rules, from the project's folder. */
export const SPECIFICATION = "docs/evidence-specification.md";

const TABLES = { "form-rules": FORM_RULES, rules: RULES, "signature-rules": ATTESTATION_RULES } as const;

/**
 * The specification with its tables of rules written anew, between the marks that name them.
 * @throws Error naming the table whose marks are not in `page`
 */
export function withRuleTables(page: string): string {
  return Object.entries(TABLES).reduce((text, [name, rules]) => {
    const between = new RegExp(`(<!-- ${name} -->\n).*?(<!-- end of ${name} -->)`, "s");
    if (!between.test(text))
      throw new Error(`${SPECIFICATION} has no marks <!-- ${name} --> and <!-- end of ${name} -->`);
    const rows = rules.map(({ id, sentence }) => [`\`${id}\``, sentence]);
    const table = markdownTable(["rule", "meaning"], rows);
    return text.replace(between, (_, begin: string, end: string) => `${begin}\n${table}\n${end}`);
  }, page);
}

/** A table as prettier leaves it: every column as wide as its widest cell. */
export function markdownTable(head: readonly string[], body: readonly (readonly string[])[]): string {
  const rows = [head, ...body].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[], fill = " "): string =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width, fill)).join(" | ")} |\n`;
  const [titles = [], ...lines] = rows;
  return line(titles) + line([], "-") + lines.map((row) => line(row)).join("");
}
