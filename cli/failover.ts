import { userInfo } from "node:os";
import path from "node:path";
import { Command } from "commander";
import { exitCodeOfDrill } from "../operator/drill/exit-code";
import { runFailover, type FailoverOutcome } from "../operator/failover/failover";
import { noteDrill } from "../operator/logs/spoken";
import { traceOutcome } from "../operator/traces/trace-outcome";
import { UserError } from "../settings/user-error";
import { loadEnvironment } from "../settings/load-environment";
import { CLIENT_DRIVER_NAMES } from "../settings/client-drivers";
import { drillConfigSchema, drillIdAt, type DrillConfig } from "../settings/drill-config";
import { defaultEnvConfig } from "./env-config";
import { failoverJson, failoverSummary } from "./failover-summary";
import { progressWatch } from "./progress-watch";
import { stopSignal } from "./stop-signal";
import { outputOption, structured, type TextOrJson } from "./structured-output";

interface FailoverFlags {
  readonly envConfig: string;
  readonly outputFile: string;
  readonly execute: boolean;
  readonly to?: string;
  readonly drillId?: string;
  readonly nonce: string;
  readonly output: TextOrJson;
  readonly loseUnlogged: boolean;
  readonly storesOnly: boolean;
  readonly withClients?: string;
  /** These five are `failover`'s alone. */
  readonly unplanned?: boolean;
  readonly acceptUnfenced?: string;
  readonly acceptLoss?: string;
  readonly fenceLivePrimary?: boolean;
  readonly standingProbe?: string;
}

const SWITCHOVER_EXAMPLE = `
Examples:
  understudy switchover --env-config environment.yaml              # dry run: changes nothing
  understudy switchover --env-config environment.yaml --execute    # exchanges the roles
`;

const FAILOVER_EXAMPLE = `
Examples:
  understudy failover --env-config environment.yaml              # dry run: changes nothing
  understudy failover --env-config environment.yaml --execute    # exchanges the roles
  understudy failover --env-config environment.yaml --unplanned --execute    # the primary is gone
`;

/** `understudy switchover`: the planned drill, both hosts at work; dry unless told to execute. */
export function switchoverCommand(): Command {
  return drillCommand("switchover")
    .description("exchange the roles while both hosts work; a dry run unless --execute is given")
    .addHelpText("before", SWITCHOVER_EXAMPLE.trimStart());
}

/** `understudy failover`: the same, and the drill whose primary is gone. */
export function failoverCommand(): Command {
  return drillCommand("failover")
    .description(
      "move the primary's role to the standby, also when the primary is gone; a dry run unless --execute is given",
    )
    .option("--unplanned", "the primary is gone: fence it, then promote the standby", false)
    .option(
      "--accept-unfenced <reason>",
      "with --unplanned: go on without proof that the old primary cannot write; the evidence carries the reason",
    )
    .option(
      "--accept-loss <how-you-know>",
      "with --unplanned: promote a standby that may lack writes of the old primary; the evidence carries the words",
    )
    .option(
      "--fence-live-primary",
      "with --unplanned: stop a primary that lives, where this machine cannot reach it or it serves nobody",
      false,
    )
    .option(
      "--standing-probe <socket>",
      "with --unplanned: count losses with the background probe that was writing before",
    )
    .addHelpText("before", FAILOVER_EXAMPLE.trimStart());
}

/** What both verbs are: one drill through both stacks. */
function drillCommand(verb: "switchover" | "failover"): Command {
  return new Command(verb)
    .option("--env-config <file>", "the environment file with both hosts", defaultEnvConfig())
    .option(
      "--output-file <file>",
      "where the .env evidence goes; its JSON, and its signature, are written beside it",
      "docs/results/failover_result.env",
    )
    .option("--execute", "exchange the roles (without it nothing is changed)", false)
    .option("--to <host>", "the host to promote (default: the one that is standby now)")
    .option("--drill-id <id>", "the drill's id, used once (default: made from the time)")
    .option("--nonce <text>", "a gate's nonce, which the evidence carries", "")
    .option(
      "--lose-unlogged",
      "go on although rows of unlogged tables are lost; the evidence says that you knew",
      false,
    )
    .option(
      "--stores-only",
      "move PostgreSQL and Redis alone: the other services are neither asked nor copied; the evidence says so",
      false,
    )
    .option(
      "--with-clients <drivers>",
      `put ordinary clients under load beside a switchover and count what they see: ${CLIENT_DRIVER_NAMES.join(",")}`,
    )
    .addOption(outputOption())
    .action(async (flags: FailoverFlags) => {
      const outcome = await failover(verb, flags);
      process.stdout.write(
        flags.output === "json" ? structured("json", failoverJson(outcome)) : failoverSummary(outcome),
      );
      process.exitCode = exitCodeOfDrill(outcome.document);
      // What came of it is said first: Tempo may be silent.
      const watch = progressWatch(process.stderr);
      await traceOutcome(outcome, loadEnvironment(flags.envConfig), (words) => {
        watch.phase?.(words);
      });
    });
}

function failover(verb: string, flags: FailoverFlags): Promise<FailoverOutcome> {
  return runFailover(
    {
      environment: loadEnvironment(flags.envConfig),
      environmentFile: flags.envConfig,
      outputFile: flags.outputFile,
      to: flags.to,
      drill: drillOf(verb, flags),
      signal: stopSignal((line) => process.stderr.write(`-- ${line}\n`), "step"),
    },
    progressWatch(process.stderr),
  );
}

function drillOf(verb: string, flags: FailoverFlags): DrillConfig {
  const onlyUnplanned = {
    ...(flags.acceptUnfenced === undefined
      ? {}
      : { accept_unfenced: { reason: flags.acceptUnfenced, operator: userInfo().username } }),
    ...(flags.acceptLoss === undefined
      ? {}
      : { accept_loss: { reason: flags.acceptLoss, operator: userInfo().username } }),
    ...(flags.fenceLivePrimary === true ? { fence_live_primary: true } : {}),
    ...(flags.standingProbe === undefined ? {} : { standing_probe: path.resolve(flags.standingProbe) }),
  };
  const unplanned = flags.unplanned === true;
  if (!unplanned && Object.keys(onlyUnplanned).length > 0) {
    throw usage(
      verb,
      "--accept-unfenced, --accept-loss, --fence-live-primary and --standing-probe belong to --unplanned",
    );
  }
  if (unplanned && flags.withClients !== undefined) {
    throw usage(verb, "--with-clients belongs to a switchover: in a failover the background probe counts");
  }
  const parsed = drillConfigSchema.safeParse({
    id: flags.drillId ?? drillIdAt(new Date()),
    mode: flags.execute ? "execute" : "dry-run",
    kind: unplanned ? "unplanned" : "planned",
    nonce: flags.nonce,
    ...(flags.loseUnlogged ? { lose_unlogged: true } : {}),
    ...(flags.storesOnly ? { stores_only: true } : {}),
    ...(flags.withClients === undefined ? {} : { with_clients: flags.withClients.split(",") }),
    ...onlyUnplanned,
  });
  if (parsed.success) {
    noteDrill(parsed.data.id);
    return parsed.data;
  }
  throw usage(verb, parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
}

function usage(verb: string, problem: string): UserError {
  return new UserError(problem, `understudy ${verb} --help`, 2);
}
