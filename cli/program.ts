import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Command, Help, type Option } from "commander";
import { UserError } from "../settings/user-error";
import { ENVIRONMENT_VARIABLES } from "./reference";
import { textTable } from "./text-table";
import { addVersionOption } from "./version";

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 bad usage or nothing could be verified, 3 refused as unsafe.
`;

const load = createRequire(__filename);

const COMMAND_LINE = "The command line:";

type Verbs = Readonly<Record<string, () => Command>>;

/** Every verb under what an operator wants with it, in the order of the help. A verb's file is loaded when it is asked for: all take a second. */
const GROUPS: Readonly<Record<string, Verbs>> = {
  "Bring a pair up, take it down:": {
    init: () => (load("./init") as typeof import("./init")).initCommand(),
    up: () => (load("./up") as typeof import("./up")).upCommand(),
    down: () => (load("./down") as typeof import("./down")).downCommand(),
    settings: () => (load("./settings") as typeof import("./settings")).settingsCommand(),
    certificates: () => (load("./certificates") as typeof import("./certificates")).certificatesCommand(),
    rotate: () => (load("./rotate") as typeof import("./rotate")).rotateCommand(),
  },
  "Exchange the roles:": {
    switchover: () => (load("./failover") as typeof import("./failover")).switchoverCommand(),
    failover: () => (load("./failover") as typeof import("./failover")).failoverCommand(),
    drill: () => (load("./drill") as typeof import("./drill")).drillCommand(),
    drills: () => (load("./drills") as typeof import("./drills")).drillsCommand(),
    probe: () => (load("./probe") as typeof import("./probe")).probeCommand(),
  },
  "Look:": {
    status: () => (load("./status") as typeof import("./status")).statusCommand(),
    health: () => (load("./health") as typeof import("./health")).healthCommand(),
    notify: () => (load("./notify") as typeof import("./notify")).notifyCommand(),
    environment: () => (load("./environment") as typeof import("./environment")).environmentCommand(),
    doctor: () => (load("./doctor") as typeof import("./doctor")).doctorCommand(),
  },
  "Repair:": {
    rejoin: () => (load("./rejoin") as typeof import("./rejoin")).rejoinCommand(),
    settle: () => (load("./settle") as typeof import("./settle")).settleCommand(),
    release: () => (load("./release") as typeof import("./release")).releaseCommand(),
    salvage: () => (load("./salvage") as typeof import("./salvage")).salvageCommand(),
    backup: () => (load("./backup") as typeof import("./backup")).backupCommand(),
  },
  "Judge the evidence:": {
    verify: () => (load("./verify") as typeof import("./verify")).verifyCommand(),
    report: () => (load("./report") as typeof import("./report")).reportCommand(),
    accept: () => (load("./accept") as typeof import("./accept")).acceptCommand(),
    history: () => (load("./history") as typeof import("./history")).historyCommand(),
  },
  "Work on Understudy itself:": {
    lab: () => (load("./lab/lab") as typeof import("./lab/lab")).labCommand(),
    requirements: () => (load("./requirements") as typeof import("./requirements")).requirementsCommand(),
  },
  [COMMAND_LINE]: {
    completion: () => (load("./completion") as typeof import("./completion")).completionCommand(understudyProgram),
  },
};

/** The verbs of a checkout alone: what each is, and the files that it is made of, of which a package has none. */
const OF_A_CHECKOUT: Readonly<Record<string, { readonly what: string; readonly files: readonly string[] }>> = {
  lab: { what: "the lab", files: ["lab", "cli/lab"] },
  requirements: { what: "the check of the requirements", files: ["cli/requirements.ts"] },
};

function isHere(verb: string): boolean {
  const files = OF_A_CHECKOUT[verb]?.files ?? [];
  return files.every((file) => existsSync(path.join(__dirname, "..", file)));
}

/**
 * The `understudy` command with every verb, not yet run: the program, the tests and the documentation's checks share it.
 * @param only the one word that the command line begins with, where nothing else is wanted: the verb of that name alone is loaded
 * @throws UserError with exit code 2 when the verb is not part of what is installed
 */
export function understudyProgram(only?: string): Command {
  const program = new Command("understudy").description("proves that the standby Docker host can take over");
  addVersionOption(program);
  program.addHelpCommand(helpVerb());
  if (only === "--version") return program;
  const what = OF_A_CHECKOUT[only ?? ""]?.what;
  if (only !== undefined && what !== undefined && !isHere(only)) {
    throw new UserError(
      `${what} is not part of the package`,
      `bin/understudy ${only}, in a checkout of the project`,
      2,
    );
  }
  const all = Object.entries(GROUPS).flatMap(([group, verbs]) =>
    Object.entries(verbs).map(([name, make]) => ({ group, name, make })),
  );
  const known = all.filter(({ name }) => isHere(name));
  const named = known.filter(({ name }) => name === only);
  for (const { group, make } of named.length > 0 ? named : known)
    program.addCommand(withPlainFlags(make()).helpGroup(group));
  return program.addHelpText("after", environmentHelp()).addHelpText("afterAll", EXIT_CODES);
}

/** A flag that is off unless it is given needs no words that it is. */
function withPlainFlags(command: Command): Command {
  const described = (option: Option): string =>
    option.defaultValue === false ? option.description : Help.prototype.optionDescription(option);
  for (const verb of command.commands) withPlainFlags(verb);
  return command.configureHelp({ optionDescription: described });
}

function helpVerb(): Command {
  return new Command("help")
    .argument("[verb]")
    .description("say what a verb does and takes, as --help after it does")
    .helpOption(false)
    .helpGroup(COMMAND_LINE);
}

function environmentHelp(): string {
  const lines = textTable(
    Object.entries(ENVIRONMENT_VARIABLES).map(([name, meaning]) => [name, meaning.replaceAll("`", "")]),
  );
  return `\nEnvironment variables:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
