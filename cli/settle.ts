import { Command } from "commander";
import { failoverWords } from "../operator/failover/execute-drill";
import {
  declareFacts,
  isTroubled,
  isUnknown,
  readTroubles,
  settle,
  withContradictions,
  type StackTrouble,
} from "../operator/failover/settle";
import { explainPendingOperations } from "../evidence/pending-operations";
import { loadEnvironment } from "../settings/load-environment";
import { defaultEnvConfig } from "./env-config";
import { outputOption, structured, type TextOrJson } from "./structured-output";

interface SettleFlags {
  readonly envConfig: string;
  readonly execute: boolean;
  readonly enginesHaveEnded: boolean;
  readonly output: TextOrJson;
}

const EXAMPLE = `
Examples:
  understudy settle              # what an interrupted pulumi has left on both stacks; changes nothing
  understudy settle --execute    # takes it out of the state, and lets the stacks declare what the hosts are; no host is touched
`;

/** `understudy settle`: shows, and clears when told to, what an interrupted engine or a failed drill has left on both stacks. */
export function settleCommand(): Command {
  return new Command("settle")
    .description("show what an interrupted pulumi or a failed drill left on the stacks; --execute clears it")
    .option("--env-config <file>", "the environment file with both hosts", defaultEnvConfig())
    .option("--execute", "clear them (without it nothing is changed)", false)
    .option(
      "--engines-have-ended",
      "you have made sure that no pulumi is at work on these stacks, on any machine",
      false,
    )
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async (flags: SettleFlags) => {
      const environment = loadEnvironment(flags.envConfig);
      const found = await readTroubles(environment);
      const left = flags.execute ? await settle(environment, found, flags.enginesHaveEnded) : found;
      const troubles = await withContradictions(environment, left);
      if (flags.execute) await declareFacts(environment, troubles);
      process.stdout.write(
        flags.output === "json" ? structured("json", troubles) : settleText(troubles, flags.execute),
      );
      if (!flags.execute && troubles.some(isTroubled)) process.exitCode = 1;
      else if (!flags.execute && troubles.some(isUnknown)) process.exitCode = 2;
    });
}

/** What a person reads: each stack with what was found, why it matters, and the next command. */
export function settleText(troubles: readonly StackTrouble[], cleared: boolean): string {
  const lines = troubles.flatMap((trouble) => [
    `stack ${trouble.stack} of ${trouble.host}: ${verdict(trouble, cleared)}`,
    ...trouble.torn.map(
      (file) => `  torn     ${file}: pulumi was killed while it wrote this; nothing of the state is in it`,
    ),
    ...(trouble.locks ?? []).map((lock) => `  locked   ${lockWords(lock)}`),
    ...(trouble.locks === null ? [`  locked   ${unknownLockWords(trouble, cleared)}`] : []),
    ...(trouble.pending === null ? ["  pending  unknown: a torn file has to be removed first"] : []),
    ...explainPendingOperations(trouble.stack, trouble.pending ?? []).map((line) => `  pending  ${line}`),
    ...(trouble.contradiction === undefined
      ? []
      : [
          `  declares ${trouble.contradiction.declared}, and both stores of ${trouble.host} are ${trouble.contradiction.fact}`,
        ]),
  ]);
  const next = cleared ? nextAfter(troubles) : nextBefore(troubles);
  return `${[...lines, ...next].join("\n")}\n`;
}

function lockWords({ username, hostname, pid, timestamp, holder }: LockOf): string {
  if (pid === null || hostname === null)
    return `by an operation of ${username}, since ${timestamp}: where it runs cannot be looked at from here`;
  return `by ${username}@${hostname}, process ${pid}, since ${timestamp}: ${HOLDERS[holder]}`;
}

function unknownLockWords({ locksUnknown }: StackTrouble, cleared: boolean): string {
  if (cleared) return "no longer, whoever held it: pulumi cancel";
  return `unknown: ${locksUnknown ?? "its locks cannot be read"}`;
}

/** Where only locks are unknown, there is something to do only when an engine has ended in the middle. */
function nextBefore(troubles: readonly StackTrouble[]): readonly string[] {
  if (!troubles.some(isTroubled) && !troubles.some(isUnknown)) return [];
  if (troubles.every(({ locks }) => locks !== null)) return ["next: understudy settle --execute"];
  return [
    "next: make sure that no pulumi is at work, on any machine; then: understudy settle --execute --engines-have-ended",
  ];
}

/** A drill that was interrupted goes on by its own id; one that only left a wrong declaration is over. */
function nextAfter(troubles: readonly StackTrouble[]): readonly string[] {
  const interrupted = troubles.filter((one) => isTroubled({ ...one, contradiction: undefined }));
  const drills = interrupted.flatMap(({ drill, host }) => (drill ? [`next: ${failoverWords(drill, host)}`] : []));
  const declared = troubles.some(({ contradiction }) => contradiction !== undefined);
  return drills.length === 0 && declared ? ["next: understudy up --execute"] : drills;
}

function verdict(trouble: StackTrouble, cleared: boolean): string {
  if (isTroubled(trouble)) return cleared ? "cleared" : "not cleared";
  if (trouble.pending === null) return "unknown until the torn file is removed";
  if (trouble.locks === null && !cleared) return "nothing to clear in its state, and its locks are unknown";
  return "nothing to clear";
}

type LockOf = NonNullable<StackTrouble["locks"]>[number];

const HOLDERS = {
  "at-work": "it is at work",
  gone: "that process is gone",
  elsewhere: "another machine's, it cannot be looked at from here",
} as const;
