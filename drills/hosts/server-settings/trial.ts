import type { LayeredSetting } from "../../../settings/server/layers";

/** What a server says of settings that it was asked about and does not have yet. */
export type Trial =
  /** @param sharedMemoryMib what it takes of the machine at its start; null where it does not say */
  | { readonly kind: "taken"; readonly sharedMemoryMib: number | null }
  /** Those that it refuses alone; none where it refuses only what they are together. */
  | { readonly kind: "refused"; readonly words: string; readonly alone: readonly Refused[] }
  /** Nobody could be asked. */
  | { readonly kind: "untried"; readonly words: string };

/** A setting that a server refuses, with its words. */
export interface Refused {
  /** Of a library that is to be preloaded, its name after a blank. */
  readonly name: string;
  readonly words: string;
}

/** Reads what a trial printed. Pure. @throws Error when it is nothing that a trial prints */
export function parseTrial(text: string): Trial {
  const lines = text.split("\n").filter((line) => line !== "");
  const taken = lines.map((line) => /^taken ?(\d*)$/.exec(line)).find((one) => one !== null);
  if (taken) return { kind: "taken", sharedMemoryMib: taken[1] === "" ? null : Number(taken[1]) };
  const untried = lines.map((line) => /^untried (.*)$/.exec(line)?.[1]).find((one) => one !== undefined);
  if (untried !== undefined) return { kind: "untried", words: untried };
  const refused = lines.flatMap((line) => {
    const [word, name = "", words = ""] = line.split("\t");
    return word === "refused" ? [{ name, words: words.trim() }] : [];
  });
  const [all, ...alone] = refused;
  if (all === undefined) throw new Error(`a trial of settings printed something else: ${lines[0] ?? "nothing"}`);
  return { kind: "refused", words: all.words, alone };
}

/**
 * One setting with no other of the operator's, beside what it may need: an extension's setting stands in a file with others of
 * no effect, so one alone says whose fault it is.
 */
export function eachAlone(
  one: LayeredSetting,
  layers: readonly LayeredSetting[],
  line: (one: LayeredSetting) => string,
): string {
  const tuned = layers.filter(({ layer, name }) => layer === "tuned" && name !== one.name);
  return [...tuned, one].map(line).join("\n");
}
