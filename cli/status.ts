import { setTimeout as sleep } from "node:timers/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { readLastBackups } from "../drills/services/backup/last-backups";
import { askedDrillWords } from "../operator/failover/execute-drill";
import { declaredRoles } from "../operator/failover/declared-topology";
import { openStacks } from "../operator/failover/pair-stacks";
import { readExchanges } from "../operator/rotate/exchanges";
import { readPairStatus, type PairStatus } from "../operator/status/pair-status";
import { loadEnvironment } from "../settings/load-environment";
import { readerGone } from "./broken-pipe";
import { defaultEnvConfig } from "./env-config";
import { readReadiness } from "../operator/readiness/read-readiness";
import { readinessText } from "./readiness-text";
import { statusTable } from "./status-table";
import { structured } from "./structured-output";

interface StatusFlags {
  readonly envConfig: string;
  readonly watch: boolean;
  readonly ready: boolean;
  readonly resultsDir: string;
  readonly intervalSeconds: number;
  readonly output: "table" | "json" | "yaml";
}

const EXAMPLE = `
Examples:
  understudy status --env-config environment.yaml
  understudy status --watch
  understudy status --ready
`;

const CLEAR_SCREEN = "\u001b[2J\u001b[H";

function interval(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds >= 1 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError("a whole number of seconds from 1 to 3600 is wanted.");
}

/** `understudy status`: what every host is declared to be, and what its services say themselves. */
export function statusCommand(): Command {
  return new Command("status")
    .description("show role, health, lag and last backup of every service on every host (exit 0 all well, 1 not)")
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .addOption(
      new Option(
        "--ready",
        "ask only whether the pair is ready: whether the last accepted drill is young enough, and was of what is declared now (exit 0 ready, 1 NOT VERIFIED)",
      )
        .default(false)
        .conflicts("watch"),
    )
    .option("--results-dir <folder>", "with --ready: the folder of the evidence", "docs/results")
    .option("--watch", "read again and again until interrupted; as JSON, a line for each reading", false)
    .addOption(new Option("--interval-seconds <n>", "time between two readings").argParser(interval).default(2))
    .addOption(new Option("--output <format>", "how to print it").choices(["table", "json", "yaml"]).default("table"))
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async (flags: StatusFlags) => {
      const environment = loadEnvironment(flags.envConfig);
      const { stacks, credentials } = await openStacks(environment);
      if (flags.ready) {
        const readiness = await readReadiness(
          { environment, environmentFile: flags.envConfig, stacks, ...flags },
          new Date(),
        );
        process.stdout.write(flags.output === "table" ? readinessText(readiness) : structured(flags.output, readiness));
        process.exitCode = readiness.ready ? 0 : 1;
        return;
      }
      const read = async (): Promise<PairStatus> => ({
        ...(await readPairStatus(
          environment,
          credentials,
          await declaredRoles(stacks),
          () => readLastBackups(environment),
          await askedDrillWords(stacks),
        )),
        exchanges: await readExchanges(environment, stacks, flags.envConfig),
      });
      if (flags.watch) await watch(read, flags);
      else show(await read(), flags);
    });
}

function show(status: PairStatus, flags: StatusFlags): void {
  process.stdout.write(textOf(status, flags));
  process.exitCode = status.good ? 0 : 1;
}

/** One reading in the format that was asked for; as JSON, the readings of `--watch` are a line each. */
function textOf(status: PairStatus, { output, watch }: StatusFlags): string {
  if (output === "table") return statusTable(status);
  const told = { schema: 1, ...status };
  return watch && output === "json" ? `${JSON.stringify(told)}\n` : structured(output, told);
}

/** Shows one reading after the other, until an interrupt or until nobody reads them; ends with the exit code of the last one. */
async function watch(read: () => Promise<PairStatus>, flags: StatusFlags): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  const ended = AbortSignal.any([interrupted.signal, readerGone]);
  while (!ended.aborted) {
    const status = await read();
    if (process.stdout.isTTY && flags.output === "table") process.stdout.write(CLEAR_SCREEN);
    show(status, flags);
    await sleep(flags.intervalSeconds * 1000, undefined, { signal: ended }).catch(() => undefined);
  }
}
