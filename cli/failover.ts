import { Command, Option } from "commander";
import { runFailover, type FailoverOutcome } from "../drills/failover/failover";
import { UserError } from "../drills/user-error";
import { loadEnvironment } from "../settings/load-environment";
import { drillConfigSchema } from "../settings/drill-config";
import { defaultEnvConfig } from "./env-config";
import { failoverSummary } from "./failover-summary";
import { progressWatch } from "./progress-watch";

interface FailoverFlags {
  readonly envConfig: string;
  readonly outputFile: string;
  readonly execute: boolean;
  readonly to?: string;
  readonly drillId?: string;
  readonly nonce: string;
  readonly output: "text" | "json";
}

const EXAMPLE = `
Examples:
  understudy failover --env-config configs/deploy/environments/lab.yaml              # dry run: changes nothing
  understudy failover --env-config configs/deploy/environments/lab.yaml --execute    # exchanges the roles
`;

/** `understudy failover`: one planned drill through both stacks; dry unless told to execute. */
export function failoverCommand(): Command {
  return new Command("failover")
    .description("move the primary's role to the standby; a dry run unless --execute is given")
    .option("--env-config <file>", "the environment file with both hosts", defaultEnvConfig())
    .option(
      "--output-file <file>",
      "where the .env evidence goes; its JSON is written beside it",
      "docs/results/failover_result.env",
    )
    .option("--execute", "exchange the roles (without it nothing is changed)", false)
    .option("--to <host>", "the host to promote (default: the one that is standby now)")
    .option("--drill-id <id>", "the drill's id, used once (default: made from the time)")
    .option("--nonce <text>", "a gate's nonce, which the evidence carries", "")
    .addOption(new Option("--output <format>", "what stdout gets").choices(["text", "json"]).default("text"))
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async (flags: FailoverFlags) => {
      const outcome = await failover(flags);
      process.stdout.write(
        flags.output === "json" ? `${JSON.stringify(jsonSummary(outcome), null, 2)}\n` : failoverSummary(outcome),
      );
      if (!outcome.document.success) process.exitCode = 1;
    });
}

function failover(flags: FailoverFlags): Promise<FailoverOutcome> {
  const drillId = flags.drillId ?? `drill-${new Date().toISOString().replaceAll(/[:.]/g, "-").toLowerCase()}`;
  const parsed = drillConfigSchema.safeParse({ id: drillId, nonce: flags.nonce });
  if (!parsed.success) {
    throw new UserError(
      parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
      "understudy failover --help",
      2,
    );
  }
  return runFailover(
    {
      environment: loadEnvironment(flags.envConfig),
      outputFile: flags.outputFile,
      execute: flags.execute,
      to: flags.to,
      drillId,
      nonce: flags.nonce,
    },
    progressWatch(process.stderr),
  );
}

function jsonSummary({ document, files }: FailoverOutcome): object {
  const { drill, success, failedStep, probe } = document;
  return {
    drill,
    success,
    failedStep,
    files,
    outageMs: probe && { timescaledb: probe.timescaledb.longestGapMs, redis: probe.redis.longestGapMs },
  };
}
