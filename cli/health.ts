import path from "node:path";
import { Command, Option } from "commander";
import { defaultEnvConfig } from "./env-config";
import { structured } from "./structured-output";
import { red, textTable } from "./text-table";
import { asWaiting } from "./waiting";
import { type HealthEntry, isAllWell } from "../evidence/health-report";
import { observedRole } from "../evidence/observed-role";
import { topologyOf } from "../drills/hosts/observe";
import { declaredRoles } from "../operator/failover/declared-topology";
import { openStacks } from "../operator/failover/pair-stacks";
import { certificateStates } from "../operator/certificates/expiry";
import { certificateMetrics } from "../operator/health/certificate-metrics";
import { readinessMetrics } from "../operator/health/readiness-metrics";
import { readServicesOnce } from "../operator/health/read-services";
import { sendTraces } from "../operator/traces/send-traces";
import { doorOf } from "../operator/traces/trace-drill";
import { readReadiness } from "../operator/readiness/read-readiness";
import { messageOf } from "../settings/user-error";
import { writeText } from "../evidence/write-text";
import { writeHealthReport } from "../operator/health/write-health-report";
import { loadEnvironment } from "../settings/load-environment";

const HEAD = ["HOST", "ROLE", "SERVICE", "STATUS", "LATENCY", "REASON"];

/** The health report as a person reads it. */
export function healthTable(entries: readonly HealthEntry[]): string {
  const [head = "", ...lines] = textTable([
    HEAD,
    ...entries.map(({ host, role, service, status, latencyMs, reason }) => [
      host,
      role,
      service,
      status === "healthy" ? status : status.toUpperCase(),
      latencyMs === null ? "-" : `${latencyMs.toFixed(1)} ms`,
      asWaiting(reason ?? ""),
    ]),
  ]);
  const coloured = lines.map((line, at) => (entries[at]?.reason === null ? line : red(line)));
  return `${[head, ...coloured].join("\n")}\n`;
}

interface HealthFlags {
  readonly envConfig: string;
  readonly outputFile: string;
  readonly metricsFile?: string;
  readonly output: "table" | "json" | "yaml";
}

const EXAMPLE = "Example:\n  understudy health --env-config environment.yaml\n";

/** `understudy health`: every service asked from outside its container, and the report for other programs. */
export function healthCommand(): Command {
  return new Command("health")
    .description("ask every service whether it is healthy and write the report (exit 0 all well, 1 not)")
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .option("--output-file <file>", "where the report goes", "docs/results/prodlike_multi_host_health_report.json")
    .option(
      "--metrics-file <file>",
      "also write when each certificate ends, and whether the pair is ready, in Prometheus' text format",
    )
    .addOption(new Option("--output <format>", "what stdout gets").choices(["table", "json", "yaml"]).default("table"))
    .addHelpText("before", EXAMPLE)
    .action(async ({ envConfig, outputFile, metricsFile, output }: HealthFlags) => {
      const environment = loadEnvironment(envConfig);
      const { stacks, credentials } = await openStacks(environment);
      const [reading, declared] = [await readServicesOnce(environment, credentials), await declaredRoles(stacks)];
      const entries = await writeHealthReport(outputFile, reading, declared);
      process.stdout.write(output === "table" ? healthTable(entries) : structured(output, entries));
      process.stderr.write(`${outputFile}\n`);
      if (metricsFile !== undefined) {
        const resultsDir = path.dirname(outputFile);
        const readiness = await readReadiness(
          { environment, environmentFile: envConfig, stacks, resultsDir },
          new Date(),
        ).catch((error: unknown) => {
          process.stderr.write(`-- whether the pair is ready is not known: ${messageOf(error)}\n`);
          return undefined;
        });
        const certificates = certificateMetrics(environment.name, await certificateStates(environment, stacks));
        await writeText(metricsFile, certificates + readinessMetrics(environment.name, readiness));
        process.stderr.write(`${metricsFile}\n`);
      }
      const topology = topologyOf(reading, declared);
      const primary = Object.keys(environment.hosts).find((host) => observedRole(topology, host) === "primary");
      await sendTraces(path.dirname(outputFile), doorOf(environment, primary), (words) =>
        process.stderr.write(`-- ${words}\n`),
      );
      if (!isAllWell(entries)) process.exitCode = 1;
    });
}
