/** Rows as lines with aligned columns, two spaces apart; the first row is the head. */
export function textTable(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Red where a terminal shows it; plain in a file, in a pipe, and where NO_COLOR asks for it. */
export function red(text: string, out: { readonly isTTY?: boolean } = process.stdout): string {
  return out.isTTY === true && !process.env["NO_COLOR"] ? `\u001b[31m${text}\u001b[0m` : text;
}
