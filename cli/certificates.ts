import { Command, Option } from "commander";
import { pairCertificates, type CertificatesOutcome } from "../operator/certificates/certificates";
import { EXCHANGE_STEPS, type ExchangeStep } from "../operator/certificates/exchange";
import { loadEnvironment } from "../settings/load-environment";
import { defaultEnvConfig } from "./env-config";
import { outputOption, structured, type TextOrJson } from "./structured-output";
import { textTable } from "./text-table";

interface CertificatesFlags {
  readonly envConfig: string;
  readonly execute: boolean;
  readonly exchangeCa?: ExchangeStep;
  readonly output: TextOrJson;
}

const EXAMPLE = `
Examples:
  understudy certificates                               # dry run: what there is, and what is due
  understudy certificates --execute                     # makes and renews what is due
  understudy certificates --exchange-ca add --execute   # first step of a new CA
`;

/** `understudy certificates`: the pair's CA and certificates, made, renewed and exchanged; dry unless told to execute. */
export function certificatesCommand(): Command {
  return new Command("certificates")
    .description("make and renew the pair's certificates, or exchange its CA; a dry run unless --execute is given")
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .addOption(new Option("--dry-run", "only say what would change; the default").conflicts("execute"))
    .option("--execute", "do it (without it nothing is changed)", false)
    .addOption(
      new Option(
        "--exchange-ca <step>",
        "one step to another CA: hosts trust it too; every certificate comes from it; the old one is dropped",
      ).choices(EXCHANGE_STEPS),
    )
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async ({ envConfig, execute, exchangeCa: step, output }: CertificatesFlags) => {
      const environment = loadEnvironment(envConfig);
      const phase = (words: string): void => void process.stderr.write(`${words}\n`);
      const outcome = await pairCertificates({ environment, environmentFile: envConfig, execute, step }, phase);
      process.stdout.write(output === "json" ? structured("json", outcome) : certificatesText(outcome));
      if (!outcome.good) process.exitCode = 1;
    });
}

/** The outcome as a person reads it. */
export function certificatesText(outcome: CertificatesOutcome): string {
  const { mode, environment, words, authority, leaves, trust, good, next } = outcome;
  const headline =
    mode === "dry-run"
      ? `DRY RUN of certificates, ${environment}: nothing was changed`
      : `${good ? "DONE" : "FAILED"} certificates, ${environment}`;
  const table = textTable([
    ["HOST", "CERTIFICATE", "ENDS", "DONE"],
    ...leaves.map(({ host, name, endsAt, done, why }) => [
      host,
      name,
      endsAt ?? "-",
      why === null ? done : `${done}: ${why}`,
    ]),
  ]);
  const lines = [
    headline,
    `  state     ${words}`,
    ...(authority === null ? [] : [`  CA        ${mode === "dry-run" ? "would be: " : ""}${authority}`]),
    ...Object.entries(trust).map(([host, cas]) => `  trust     ${host}: ${cas.join("; ") || "nobody"}`),
    ...table.map((line) => `  ${line}`),
    ...(next === null ? [] : [`  next: ${next}`]),
  ];
  return `${lines.join("\n")}\n`;
}
