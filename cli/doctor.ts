import { Command, Option } from "commander";
import { diagnose, type Diagnosis } from "../operator/doctor/doctor";
import { pinnedPulumi } from "../operator/version/own-package";
import { loadEnvironment } from "../settings/load-environment";
import { defaultEnvConfig } from "./env-config";
import { structured } from "./structured-output";
import { red } from "./text-table";

interface DoctorFlags {
  readonly envConfig: string;
  readonly output: "text" | "json" | "yaml";
}

const EXAMPLE = "Example:\n  understudy doctor --env-config environment.yaml\n";

/** `understudy doctor`: whether this machine, the stacks and every host have what a drill needs. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("look for what keeps a drill from working, and say what mends it (exit 0 all good, 1 not)")
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .addOption(new Option("--output <format>", "how to print it").choices(["text", "json", "yaml"]).default("text"))
    .addHelpText("before", EXAMPLE)
    .action(async ({ envConfig, output }: DoctorFlags) => {
      const environment = loadEnvironment(envConfig);
      process.stderr.write("looking at this machine, the stacks and every host\n");
      const diagnosis = await diagnose(environment, envConfig, pinnedPulumi());
      process.stdout.write(output === "text" ? doctorText(diagnosis) : structured(output, { schema: 1, ...diagnosis }));
      if (!diagnosis.good) process.exitCode = 1;
    });
}

/** A line a finding; what is not good has the line that mends it under it. */
export function doctorText({ findings, readAt }: Diagnosis): string {
  const width = Math.max(...findings.map((one) => label(one).length));
  const lines = findings.flatMap((one) => {
    const line = `${one.state.toUpperCase().padEnd(7)}  ${label(one).padEnd(width)}  ${one.detail}`;
    return one.state === "good" ? [line] : [red(line), `${" ".repeat(9)}fix: ${one.fix ?? "understudy status"}`];
  });
  const wrong = findings.filter((one) => one.state !== "good").length;
  const last = wrong === 0 ? "all good" : `${wrong} of ${findings.length} not good`;
  return `${[...lines, `${last}, read at ${readAt}`].join("\n")}\n`;
}

function label({ check, host }: Diagnosis["findings"][number]): string {
  return host === null ? check : `${host} ${check}`;
}
