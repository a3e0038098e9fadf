import type { Argument, Command, Option } from "commander";
import { understudyProgram } from "../../cli/program";
import { ENVIRONMENT_VARIABLES, EXIT_CODES } from "../../cli/reference";
import { markdownTable, withFlagsAsCode } from "./markdown";

/** The page, from the project's folder. */
export const COMMAND_LINE = "docs/CLI.md";

/** Defaults that depend on the machine or on the moment: the page says how they are found. */
const FOUND_WHEN_RUN: Readonly<Record<string, string>> = {
  "--env-config":
    "`UNDERSTUDY_ENV_CONFIG`, else the lab's file where there is a lab, else the one that the stacks of the project's folder declare, else `configs/deploy/environments/prodlike_multi_host.yaml`",
};

/** One verb with the words that call it. */
interface Verb {
  readonly words: string;
  readonly command: Command;
}

/** The reference of the command line, from the program itself. */
export function commandLinePage(): string {
  const program = understudyProgram();
  const verbs = program.commands.flatMap((command) => verbsOf(command, program.name()));
  const called = verbs.filter(({ command }) => command.commands.length === 0);
  return [
    "# Command line",
    "`npm run generate` writes this page from the program. A test fails when it is not current.",
    "`bin/understudy` is the command in a checkout; it finds the tool chain by itself. `--help` after any verb prints what stands here. stdout is data and stderr is progress, so `--output json` can be piped.",
    "## Verbs",
    markdownTable(
      ["verb", "what it does"],
      called.map(({ words, command }) => [
        `[${words}](#${words.replaceAll(" ", "-")})`,
        withFlagsAsCode(command.description()),
      ]),
    ),
    "Without a verb:",
    table("option", program.options.map(optionRow)),
    "## Exit codes",
    markdownTable(["exit code", "meaning"], Object.entries(EXIT_CODES)),
    "## Environment variables",
    markdownTable(
      ["variable", "what it does"],
      Object.entries(ENVIRONMENT_VARIABLES).map(([name, meaning]) => [`\`${name}\``, meaning]),
    ),
    ...called.flatMap(verbSection),
  ]
    .map((part) => part.trimEnd())
    .join("\n\n")
    .concat("\n");
}

function verbsOf(command: Command, above: string): readonly Verb[] {
  const words = `${above} ${command.name()}`;
  return [{ words, command }, ...command.commands.flatMap((one) => verbsOf(one, words))];
}

function verbSection({ words, command }: Verb): readonly string[] {
  const { registeredArguments, options } = command;
  return [
    `## ${words}`,
    sentence(command.description()),
    `\`\`\`text\n${words} ${command.usage()}\n\`\`\``,
    `\`\`\`sh\n${examplesOf(command)}\n\`\`\``,
    ...(registeredArguments.length === 0 ? [] : [table("argument", registeredArguments.map(argumentRow))]),
    table("option", options.filter(({ hidden }) => !hidden).map(optionRow)),
  ];
}

/** The examples that a verb's help begins with, one a line. */
function examplesOf(command: Command): string {
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text), getOutHasColors: () => false }).outputHelp();
  const [, block] = /^Examples?:\n((?: {2}.*\n)+)/.exec(help) ?? [];
  if (block === undefined) throw new Error(`the help of ${command.name()} begins with no example`);
  return block.replaceAll(/^ {2}/gm, "").trimEnd();
}

function table(what: string, rows: readonly (readonly string[])[]): string {
  return markdownTable([what, "meaning", "allowed", "default"], rows);
}

function argumentRow(argument: Argument): readonly string[] {
  const { description, argChoices, required } = argument;
  return [`\`${argument.name()}\``, description, choices(argChoices), required ? "required" : "none"];
}

function optionRow({ flags, long, description, argChoices, mandatory, ...option }: Option): readonly string[] {
  const usual = FOUND_WHEN_RUN[long ?? ""] ?? option.defaultValueDescription ?? shown(option.defaultValue);
  return [`\`${flags}\``, withFlagsAsCode(description), choices(argChoices), mandatory ? "required" : usual];
}

function choices(values: readonly string[] | undefined): string {
  return values?.map((one) => `\`${one}\``).join(", ") ?? "";
}

function shown(value: unknown): string {
  if (value === undefined || value === false || value === "" || (Array.isArray(value) && value.length === 0)) return "";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${withFlagsAsCode(words.slice(1))}.`;
}
