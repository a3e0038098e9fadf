/** A name as an identifier, whatever its characters are. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a literal; `standard_conforming_strings` is on in every session of ours. */
export function text(words: string): string {
  return `'${words.replaceAll("'", "''")}'`;
}
