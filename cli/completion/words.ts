import type { Command, Option } from "commander";

/** A word that may come next, and what it means. */
export interface Word {
  readonly word: string;
  readonly meaning: string;
}

/** An option: its word, and what may come after it. */
export interface OptionWord extends Word {
  /** `none`: it takes no value; `choice`: one of `choices`; `file`: a path; `text`: nothing that could be offered. */
  readonly takes: "none" | "choice" | "file" | "text";
  readonly choices: readonly string[];
}

/** What may stand after the words that lead to one command. */
export interface CommandWords {
  /** The words that lead there, such as `understudy lab fault`. */
  readonly path: string;
  /** Its verbs, or the choices of its arguments. */
  readonly verbs: readonly Word[];
  readonly options: readonly OptionWord[];
}

/** The names that our options give to values which are paths. */
const PATHS = /<(file|files|folder|socket)(\.\.\.)?>/;

/** The whole command, one entry a command, the program itself first. Pure. */
export function wordsOf(command: Command, before: readonly string[] = []): readonly CommandWords[] {
  const path = [...before, command.name()];
  const verbs = command.commands.map((verb) => ({ word: verb.name(), meaning: verb.description() }));
  const choices = command.registeredArguments.flatMap(({ argChoices, description }) =>
    (argChoices ?? []).map((word) => ({ word, meaning: description })),
  );
  const options = [...command.options.filter(({ hidden }) => !hidden).map(optionWord), HELP];
  const own = { path: path.join(" "), verbs: [...verbs, ...choices], options };
  return [own, ...command.commands.flatMap((verb) => wordsOf(verb, path))];
}

const HELP: OptionWord = { word: "--help", meaning: "say what it does", takes: "none", choices: [] };

function optionWord({ long, flags, description, argChoices, required, optional }: Option): OptionWord {
  return { word: long ?? flags, meaning: description, takes: taken(), choices: argChoices ?? [] };

  function taken(): OptionWord["takes"] {
    if (!required && !optional) return "none";
    if (argChoices !== undefined) return "choice";
    return PATHS.test(flags) ? "file" : "text";
  }
}

/** Every path of the program but its own name, as one alternative a verb: how a shell follows what was typed. */
export function pathsBelow(words: readonly CommandWords[]): readonly string[] {
  return words.slice(1).map(({ path }) => path);
}

/** Every option that takes one of several words, after the path that leads to it. */
export function choicesByPlace(words: readonly CommandWords[]): readonly (readonly [string, readonly string[]])[] {
  return words.flatMap(({ path, options }) =>
    options.flatMap(({ word, takes, choices }) => (takes === "choice" ? [[`${path} ${word}`, choices] as const] : [])),
  );
}

/** Every option that takes a value of this kind, after the path that leads to it. */
export function placesOf(words: readonly CommandWords[], kind: OptionWord["takes"]): readonly string[] {
  return words.flatMap(({ path, options }) =>
    options.filter(({ takes }) => takes === kind).map(({ word }) => `${path} ${word}`),
  );
}

/** A text between single quotes, as bash and zsh take it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
