import { Command } from "commander";
import { openStacks } from "../operator/failover/pair-stacks";
import { planRejoin } from "../drills/rejoin/plan-rejoin";
import { recordRejoin } from "../drills/rejoin/record-rejoin";
import type { RejoinOptions } from "../drills/rejoin/rejoin";
import type { Environment } from "../settings/environment";
import { hostOfWord, hostWord } from "../settings/host-word";
import { loadEnvironment } from "../settings/load-environment";
import { UserError } from "../settings/user-error";
import { defaultEnvConfig, namedEnvConfig } from "./env-config";
import { planSummary, rejoinSummary } from "./rejoin-summary";
import { outputOption, structured, type TextOrJson } from "./structured-output";

interface RejoinFlags {
  readonly envConfig: string;
  readonly execute: boolean;
  readonly acceptOlderTimeline: boolean;
  readonly giveUpWrites?: string;
  readonly outputFile?: string;
  readonly output: TextOrJson;
}

const EXAMPLE = `
Examples:
  understudy rejoin host-a              # dry run: says what it would do, and why
  understudy rejoin host-a --execute    # saves what diverged, then lets the host follow
`;

/** `understudy rejoin`: brings a former primary back as a standby; dry unless told to execute. */
export function rejoinCommand(): Command {
  return new Command("rejoin")
    .description("bring a former primary back as a standby; a dry run unless --execute is given")
    .argument("<host>", "the host that comes back")
    .option("--env-config <file>", "the environment file with both hosts", defaultEnvConfig())
    .option("--execute", "do it (without it nothing is changed)", false)
    .option(
      "--accept-older-timeline",
      "follow a primary whose timeline is older: you vouch that it is the right one; what is newer here is saved",
      false,
    )
    .option(
      "--give-up-writes <environment/host>",
      "where the old data cannot be kept beside a clone (no room, or tablespaces outside its folder): give up what only this host has",
    )
    .option("--output-file <file>", "where the evidence goes (default: docs/results/rejoin_HOST_TIME.json)")
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async (host: string, flags: RejoinFlags, command: Command) => {
      const { acceptOlderTimeline } = flags;
      const giveUp = flags.giveUpWrites !== undefined;
      const environment = loadEnvironment(giveUp ? namedEnvConfig(command) : flags.envConfig);
      refuseOtherHost(environment, host, flags.giveUpWrites);
      const { credentials } = await openStacks(environment);
      const phase = (words: string): void => void process.stderr.write(`${words}\n`);
      await rejoin({ environment, credentials, host, acceptOlderTimeline, giveUpWrites: giveUp, phase }, flags);
    });
}

/** @throws UserError, exit code 3, when the word for what is given up is not that of the host that comes back */
function refuseOtherHost(environment: Environment, host: string, word: string | undefined): void {
  if (word === undefined) return;
  const asWords = (one: string): string => `understudy rejoin ${host} --give-up-writes ${one}`;
  if (hostOfWord(environment, word, asWords) === host) return;
  throw new UserError(`${host} comes back, and the word is ${word}`, asWords(hostWord(environment, host)), 3);
}

async function rejoin(options: RejoinOptions, flags: RejoinFlags): Promise<void> {
  const json = (value: unknown): string => structured("json", value);
  if (!flags.execute) {
    const plan = await planRejoin(options);
    process.stdout.write(flags.output === "json" ? json(plan) : planSummary(plan));
    if (plan.stores.some((one) => one.action === "refuse")) process.exitCode = 3;
    return;
  }
  const recorded = await recordRejoin(options, { file: flags.outputFile });
  process.stdout.write(flags.output === "json" ? json(recorded) : rejoinSummary(recorded, options.environment));
  if (!recorded.report.success) process.exitCode = 1;
}
