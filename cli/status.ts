import { Command, Option } from "commander";
import { openStacks } from "../drills/failover/pair-stacks";
import { readPairStatus, type PairStatus, type StatusRow } from "../drills/pair-status";
import type { Role } from "../settings/pair";
import { loadEnvironment } from "../settings/load-environment";
import { defaultEnvConfig } from "./env-config";

const EXAMPLE = "Example:\n  understudy status --env-config configs/deploy/environments/lab.yaml\n";

/** `understudy status`: what both hosts are declared to be, and what they say themselves. */
export function statusCommand(): Command {
  return new Command("status")
    .description("show role and health of every service on both hosts (exit 0 all well, 1 not)")
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .addOption(new Option("--output <format>", "how to print it").choices(["table", "json"]).default("table"))
    .addHelpText("before", EXAMPLE)
    .action(async ({ envConfig, output }: { envConfig: string; output: "table" | "json" }) => {
      const environment = loadEnvironment(envConfig);
      const { stacks, credentials } = await openStacks(environment);
      const declared: Record<string, Role> = {};
      for (const { host, stack } of stacks)
        declared[host.name] = (await stack.getConfig("understudy:role")).value as Role;
      const status = await readPairStatus(environment, credentials, declared);
      process.stdout.write(output === "json" ? `${JSON.stringify(status, null, 2)}\n` : statusTable(status));
      if (!status.good) process.exitCode = 1;
    });
}

/** The table a person reads; a row that is not well carries its reason. */
export function statusTable({ readAt, rows }: PairStatus): string {
  const head = ["HOST", "SERVICE", "DECLARED", "OBSERVED", "LAG", "STATE"];
  const cells = rows.map((row) => [
    row.host,
    row.service,
    row.declaredRole ?? "-",
    row.observedRole ?? "-",
    row.lagBytes === null ? "-" : `${row.lagBytes} B`,
    `${row.healthy ? "healthy" : "NOT HEALTHY"}${contradiction(row)}: ${row.detail}`,
  ]);
  const widths = head.map((title, at) => Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const lines = [head, ...cells].map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\nread at ${readAt}\n`;
}

function contradiction({ observedRole, declaredRole }: StatusRow): string {
  if (observedRole === null || observedRole === declaredRole) return "";
  return observedRole === "unknown" ? ", role unknown" : ", contradicts its declaration";
}
