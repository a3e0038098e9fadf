import { mkdirSync, readdirSync, rmdirSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline/promises";
import { Command } from "commander";
import type { Ask, InitFlags } from "../operator/init/answers";
import { initPair, type InitOutcome } from "../operator/init/init-pair";
import { pinnedPulumi } from "../operator/version/own-package";
import { UserError } from "../settings/user-error";
import { doctorText } from "./doctor";
import { outputOption, structured, type TextOrJson } from "./structured-output";
import { textTable } from "./text-table";

const EXAMPLE = `
Examples:
  understudy init ../pair                               # asks for both hosts
  understudy init ../pair --primary ssh://deploy@host-a.example --primary-replication-address 192.168.40.11 --standby ssh://deploy@host-b.example --standby-replication-address 192.168.40.12
  understudy init ../pair --backend s3://BUCKET/pair --application shop
`;

interface InitWords extends Readonly<Record<string, unknown>> {
  readonly singleHost: boolean;
  readonly certificates: boolean;
  readonly offline: boolean;
  readonly output: TextOrJson;
}

/** Flags about the pair, with what they mean; each is also a question. */
const ANSWERS: readonly (readonly [flag: string, argument: string, meaning: string])[] = [
  ["name", "<name>", "name of the environment (without it `pair`)"],
  ...(["primary", "standby"] as const).flatMap((role): (readonly [string, string, string])[] => [
    [role, "<ssh-url>", `the host that begins as ${role}, such as ssh://deploy@host.example:22`],
    [`${role}-name`, "<name>", `its name (without it \`host-${role === "primary" ? "a" : "b"}\`)`],
    [`${role}-address`, "<address>", "where clients reach it (without it the one in the SSH URL)"],
    [
      `${role}-replication-address`,
      "<ipv4>",
      "where the other host reaches it (without it the address, where that is IPv4)",
    ],
  ]),
  ["ssh-config", "<file>", "OpenSSH client configuration for both hosts"],
  [
    "backend",
    "<url>",
    "where Pulumi keeps its state: file://, s3://, https:// and others (without it the folder `state`)",
  ],
  ["application", "<name>", "an application that gets a role and a database of PostgreSQL"],
  ["images-file", "<file>", "YAML file of images that takes the place of the shipped ones"],
];

/** `understudy init`: a folder of the operator's own for a pair, from nothing to what `up` needs. */
export function initCommand(): Command {
  const command = new Command("init")
    .description(
      "make a folder for a pair: environment file, stacks, secrets, certificates; writes only what is missing",
    )
    .argument("[folder]", "the folder, which is made where it is not there", ".");
  for (const [flag, argument, meaning] of ANSWERS) command.option(`--${flag} ${argument}`, meaning);
  return command
    .option("--single-host", "one host alone: everything runs, nothing replicates")
    .option("--no-certificates", "make no certificates: the stores are not encrypted")
    .option("--offline", "ask no host: no certificates, no doctor")
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async (folder: string, words: InitWords) => {
      const flags = flagsOf(words);
      const leave = enter(folder);
      const asking = process.stdin.isTTY && process.stderr.isTTY ? askOnTerminal() : undefined;
      try {
        const outcome = await initPair(
          {
            ...{ flags, singleHost: words.singleHost, certificates: words.certificates, offline: words.offline },
            pinnedPulumi: pinnedPulumi(),
          },
          asking?.ask ?? (() => Promise.resolve(undefined)),
          {
            phase: (text) => void process.stderr.write(`${text}\n`),
            file: ({ file, done }) => void process.stderr.write(`${done}: ${file}\n`),
          },
        );
        process.stdout.write(words.output === "json" ? structured("json", outcome) : initText(outcome));
        if (!outcome.good) process.exitCode = 1;
      } catch (error) {
        leave();
        throw error;
      } finally {
        asking?.close();
      }
    });
}

function flagsOf(words: InitWords): InitFlags {
  const camel = (flag: string): string => flag.replaceAll(/-(.)/g, (_all, letter: string) => letter.toUpperCase());
  const files = ["ssh-config", "images-file"];
  return Object.fromEntries(
    ANSWERS.map(([flag]) => {
      const value = words[camel(flag)] as string | undefined;
      return [flag, value !== undefined && files.includes(flag) ? path.resolve(value) : value];
    }),
  );
}

/**
 * Works in the folder from now on.
 * @returns what takes a folder away again that was made for it, as long as nothing is in it
 * @throws UserError, exit code 2, when it cannot be made or entered
 */
function enter(folder: string): () => void {
  try {
    const [from, whole] = [process.cwd(), path.resolve(folder)];
    const made = mkdirSync(whole, { recursive: true }) !== undefined;
    process.chdir(whole);
    return () => {
      process.chdir(from);
      if (made && readdirSync(whole).length === 0) rmdirSync(whole);
    };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw new UserError(`${folder} cannot be made or entered: ${code}`, `ls -ld ${path.dirname(folder)}`, 2);
  }
}

function askOnTerminal(): { readonly ask: Ask; close(): void } {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return {
    ask: ({ words, usual }) => terminal.question(`${words}${usual === undefined ? "" : ` [${usual}]`}: `),
    close: () => terminal.close(),
  };
}

/** The outcome as a person reads it. */
export function initText(outcome: InitOutcome): string {
  const { folder, environment, files, linked, stacks, hosts, certificates, skipped, diagnosis, good, next } = outcome;
  const shown = [
    ...files.map(({ file, done, what }) => [done, file, what]),
    ...(linked ? [["linked", "node_modules/understudy", "the program; put node_modules/.bin on PATH"]] : []),
    ...stacks.map(({ stack, host, done, secrets }) => [
      done,
      `stack ${stack}`,
      `${host}; ${secrets.length === 0 ? "no secret was missing" : `${secrets.length} secrets put in, encrypted`}`,
    ]),
    ...(certificates === null ? [] : [[certificates.good ? "done" : "failed", "certificates", certificates.words]]),
    ...skipped.map((words) => ["left out", "", words]),
  ];
  const troubles = diagnosis === null ? hosts.filter(({ state }) => state !== "good") : [];
  return [
    `${good ? "DONE" : "FAILED"} init of ${environment} in ${folder}`,
    ...textTable(shown).map((line) => `  ${line}`),
    ...troubles.flatMap(({ host, check, detail, fix }) => [
      `  ${host ?? ""} ${check}: ${detail}`,
      `    fix: ${fix ?? ""}`,
    ]),
    ...(diagnosis === null ? [] : [doctorText(diagnosis).trimEnd()]),
    `next, in ${folder}: ${next}`,
    "",
  ].join("\n");
}
