import { Command, Option } from "commander";
import { duration, orUnknown } from "../evidence/report/figures";
import { textTable } from "./text-table";
import { readHistory, type History, type PastDrill } from "../evidence/report/history";

const EXAMPLE = "Example:\n  understudy history --dir docs/results\n";

/** `understudy history`: the drills whose evidence is in a folder. */
export function historyCommand(): Command {
  return new Command("history")
    .description("list the drills so far, from their evidence (exit 0 listed, 1 some could not be read, 2 no folder)")
    .option("--dir <folder>", "the folder with the evidence; drills/ in it is read too", "docs/results")
    .addOption(new Option("--output <format>", "how to print it").choices(["table", "json"]).default("table"))
    .addHelpText("before", EXAMPLE)
    .action(async ({ dir, output }: { dir: string; output: "table" | "json" }) => {
      const history = await readHistory(dir);
      process.stdout.write(
        output === "json" ? `${JSON.stringify({ schema: 1, ...history }, null, 2)}\n` : historyTable(history),
      );
      if (history.unreadable.length > 0) process.exitCode = 1;
    });
}

/** The table a person reads; what could not be read stands under it, with the reason. */
export function historyTable({ drills, unreadable }: History): string {
  const head = ["DATE", "DRILL", "DIRECTION", "KIND", "MODE", "POSTGRESQL", "REDIS", "LOST", "RESULT", "VERDICT"];
  const lines = textTable([head, ...drills.map(cells)]);
  const notes = unreadable.map(({ evidence, reason }) => `NOT READ ${evidence}: ${reason}`);
  return `${[...(drills.length === 0 ? ["no drill was found"] : lines), ...notes].join("\n")}\n`;
}

function cells(drill: PastDrill): string[] {
  const measured = (value: number | null): string => (drill.mode === "dry-run" ? "-" : duration(value));
  return [
    drill.startedAt.replace(/\.\d+Z$/, "Z"),
    drill.id,
    `${drill.from} -> ${drill.to}`,
    drill.kind,
    drill.mode,
    measured(drill.outageMs.timescaledb ?? drill.recoveryMs.timescaledb),
    measured(drill.outageMs.redis ?? drill.recoveryMs.redis),
    drill.mode === "dry-run" ? "-" : orUnknown(drill.lost),
    drill.success ? "success" : `failed at ${drill.failedStep ?? "unknown"}`,
    drill.verdict,
  ];
}
