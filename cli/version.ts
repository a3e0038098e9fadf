import { createRequire } from "node:module";
import { CommanderError, type Command } from "commander";
import type { Versions } from "../operator/version/versions";

const load = createRequire(__filename);

/** `understudy --version`: what a report of a defect needs. The engine is asked only then. */
export function addVersionOption(program: Command): void {
  program
    .option("--version", "print the versions of this program, of Pulumi and its plugins, and of the evidence contract")
    .on("option:version", () => {
      const { readVersions } = load("../operator/version/versions") as typeof import("../operator/version/versions");
      program.configureOutput().writeOut?.(versionText(readVersions()));
      throw new CommanderError(0, "commander.version", "");
    });
}

/** A line for each of them. */
export function versionText({ understudy, evidenceContract, node, engine, sdk, plugins }: Versions): string {
  const lines = [
    `understudy ${understudy}`,
    `evidence contract ${evidenceContract}`,
    `node ${node}`,
    `pulumi ${engine ?? "not found"}, SDK ${sdk}`,
    ...plugins.map(
      ({ name, version, place }) =>
        `plugin ${name} ${version}, ${place ?? "not here: Pulumi downloads it when a stack needs it"}`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}
