import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { Argument, Command, Option } from "commander";
import { applicationSecret } from "../operator/rotate/application";
import { rotateCertificates, type CertificateSecret } from "../operator/rotate/certificates";
import { ownSecret } from "../operator/rotate/own-secret";
import { rotateSecret, type RotateOptions, type RotationOutcome } from "../operator/rotate/rotate";
import { ROTATED, ROTATED_NAMES } from "../operator/rotate/secrets";
import { plainValue } from "../operator/rotate/values";
import type { Environment } from "../settings/environment";
import { loadEnvironment } from "../settings/load-environment";
import { UserError } from "../settings/user-error";
import { defaultEnvConfig } from "./env-config";
import { outputOption, structured, type TextOrJson } from "./structured-output";

interface RotateFlags {
  readonly envConfig: string;
  readonly execute: boolean;
  readonly dropOld: boolean;
  readonly fromStdin: boolean;
  readonly outputFile?: string;
  readonly output: TextOrJson;
}

const EXAMPLE = `
Examples:
  understudy rotate roles                       # dry run: the steps, and who has what now
  understudy rotate roles --execute             # exchanges it; the same command goes on after a crash
  understudy rotate redis --execute             # clients may have either from then on
  understudy rotate redis --drop-old --execute  # once all of them have the new one
  understudy rotate application shop --execute  # the password of a declared application
  understudy rotate ca --execute                # both hosts believe a new CA; --drop-old goes on
`;

const APPLICATION = "application";
const CERTIFIED: readonly CertificateSecret[] = ["certificates", "ca"];
const MEANINGS = {
  ...Object.fromEntries(ROTATED_NAMES.map((name) => [name, ROTATED[name].meaning.replaceAll("`", "")])),
  [APPLICATION]: "password of the declared application that is named behind it",
  certificates: "every certificate of both hosts, from the CA that there is",
  ca: "the pair's CA, and every certificate with it",
};
const NAMES = Object.entries(MEANINGS)
  .map(([name, meaning]) => `  ${name.padEnd(12)} ${meaning}`)
  .join("\n");

/** `understudy rotate`: exchanges one secret of a running pair; dry unless told to execute. */
export function rotateCommand(): Command {
  return new Command("rotate")
    .description("exchange one secret of a running pair, with no outage; a dry run unless --execute is given")
    .addArgument(new Argument("<name>", "which secret"))
    .addArgument(new Argument("[application]", "whose password, where the secret is that of an application"))
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .addOption(new Option("--dry-run", "only say which steps are left; the default").conflicts("execute"))
    .option("--execute", "do it (without it nothing is changed)", false)
    .option(
      "--drop-old",
      "of a secret that clients have: none of them needs the former one any more; of the CA: all of them believe the new one",
      false,
    )
    .option("--from-stdin", "take the new value from standard input (default: one is made)", false)
    .option("--output-file <file>", "where the evidence goes (default: docs/results/rotate_NAME_TIME.json)")
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .addHelpText("after", `\nNames:\n${NAMES}\n`)
    .action(async (word: string, application: string | undefined, flags: RotateFlags) => {
      const environment = loadEnvironment(flags.envConfig);
      const phase = (words: string): void => void process.stderr.write(`${words}\n`);
      const { envConfig: environmentFile, execute, dropOld } = flags;
      const common = { environment, environmentFile, execute, dropOld };
      const certified = CERTIFIED.find((one) => one === word);
      const outcome =
        certified === undefined
          ? await rotateSecret({ ...common, ...(await rotatedSecret(word, application, environment, flags)) }, phase)
          : await rotateCertificates({ ...common, name: certified }, phase);
      const file = execute ? keepEvidence(outcome, flags.outputFile) : undefined;
      process.stdout.write(flags.output === "json" ? structured("json", outcome) : rotationText(outcome, file));
      if (outcome.failure !== null) process.exitCode = 1;
    });
}

/** @throws UserError, exit code 2, for what is none */
async function rotatedSecret(
  word: string,
  application: string | undefined,
  environment: Environment,
  { fromStdin }: RotateFlags,
): Promise<Pick<RotateOptions, "secret" | "given">> {
  const name = ROTATED_NAMES.find((one) => one === word);
  if (word !== APPLICATION && application !== undefined)
    throw new UserError(`${word} has nothing behind it, such as ${application}`, `understudy rotate ${word}`, 2);
  if (word !== APPLICATION && name === undefined) {
    const names = Object.keys(MEANINGS).join(", ");
    throw new UserError(`no secret is called ${word}; there are: ${names}`, "understudy rotate --help", 2);
  }
  const secret = name === undefined ? applicationSecret(application, environment) : ownSecret(name);
  return { secret, given: fromStdin ? plainValue(await text(process.stdin)) : undefined };
}

function keepEvidence(outcome: RotationOutcome, asked: string | undefined): string {
  const time = outcome.startedAt.replaceAll(/[-:]|\.\d+/g, "");
  const file = asked ?? path.join("docs/results", `rotate_${outcome.name.replaceAll(" ", "_")}_${time}.json`);
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(file, `${JSON.stringify(outcome, null, 2)}\n`);
  return file;
}

/** The outcome as a person reads it. */
export function rotationText(outcome: RotationOutcome, file?: string): string {
  const { mode, environment, name, key, underWay, done, left, later, after, failure, next } = outcome;
  const headline =
    mode === "dry-run"
      ? `DRY RUN of rotate ${name}, ${environment}: nothing was changed`
      : `${failure === null ? "DONE" : "FAILED"} rotate ${name}, ${environment}`;
  const begun = underWay ? "begun by a run before" : "not begun";
  const lines = [
    headline,
    `  secret    understudy:${key}${mode === "dry-run" ? `, ${begun}` : ""}`,
    ...after.map(({ host, role, files, trust, postgres, redis, grafana = null, repository = null }) => {
      const stores = { PostgreSQL: postgres, Redis: redis, Grafana: grafana, repository };
      const does = trust === undefined ? "takes" : "shows";
      const taken = Object.entries(stores).flatMap(([store, has]) => (has === null ? [] : [`${store} ${does} ${has}`]));
      return `  host      ${host}, ${role}: ${[...(files === null ? [] : [`files have ${files}`]), ...(trust === undefined ? [] : [`CAs ${trust}`]), ...taken].join(", ")}`;
    }),
    ...done.map(({ words, tookMs }) => `  done      ${words} (${(tookMs / 1000).toFixed(1)} s)`),
    ...(failure === null ? [] : [`  failed    ${failure}`]),
    ...left.map((words) => `  left      ${words}`),
    ...later.map((words) => `  later     ${words}`),
    ...(file === undefined ? [] : [`  evidence  ${file}`]),
    ...(next === null ? [] : [`  next: ${next}`]),
  ];
  return `${lines.join("\n")}\n`;
}
