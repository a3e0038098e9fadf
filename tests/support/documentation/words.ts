/**
 * Words that the glossary has retired: they meant something only here. Code keeps them: evidence keys, marks, files, flags,
 * and `held` in JSON and in status files.
 */
export const RETIRED: readonly RegExp[] = [
  /\bswap(s|ped|ping)?\b/i,
  /\bcut\b/i,
  /\bseal(s|ed|ing)?\b/i,
  /\bsettl(e|es|ed|ing)\b/i,
  /\bcarriers?\b/i,
  /\bcarr(y|ies|ied|ying)[ -]over\b/i,
  /\bcarried\b/i,
  /\bcontinuity\b/i,
  /\bstanding probes?\b/i,
  /\bheld\b/i,
  /\beyes\b/i,
];

/** Text without what is code in it: fenced blocks, code spans, targets of links, flags, verbs, ids, and names of files. */
export function prose(text: string): string {
  return text
    .replaceAll(/^ *```.*?^ *```$/gms, "")
    .replaceAll(/`[^`\n]*`/g, "")
    .replaceAll(/\]\([^)]*\)/g, "]")
    .replaceAll(/(?<![\w-])--[a-z][a-z-]*/g, "")
    .replaceAll(/\bunderstudy [a-z]+\b/g, "")
    .replaceAll(/\b[A-Z]\w*(-[A-Z0-9]+)+\b/g, "")
    .replaceAll(/[\w./-]*\/[\w./-]+/g, "")
    .replaceAll(/\b\w+\.(env|json|md|ts|sh|yaml)\b/g, "");
}

/** Each retired word in a text, with what stands around it. */
export function retiredWords(text: string): readonly string[] {
  const plain = prose(text);
  return RETIRED.flatMap((word) =>
    [...plain.matchAll(new RegExp(word, `${word.flags}g`))].map((found) =>
      plain.slice(Math.max(0, found.index - 40), found.index + 40).replaceAll("\n", " "),
    ),
  );
}

/** The glossary without its last column, in which the retired words stand. */
export function withoutFormerly(glossary: string): string {
  return glossary.replaceAll(/^(\|.*\|.*)\|[^|]*\|$/gm, "$1|");
}
