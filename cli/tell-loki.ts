import path from "node:path";
import type { Command } from "commander";
import { listenTo, notedDrill } from "../operator/logs/spoken";
import { loadEnvironment } from "../settings/load-environment";

/** What of a verb's flags says where its lines go. */
interface Flags {
  readonly execute?: boolean;
  readonly envConfig?: string;
  readonly outputDir?: string;
  readonly outputFile?: string;
  readonly resultsDir?: string;
}

/** Where a verb leaves its evidence, and so its lines. Pure. */
export function resultsDirOf({ outputDir, resultsDir, outputFile }: Flags): string {
  return outputDir ?? resultsDir ?? (outputFile === undefined ? "docs/results" : path.dirname(outputFile));
}

/** A verb with the words before it, such as `backup now`. */
function verbOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${verbOf(parent)} ${command.name()}` : command.name();
}

/**
 * Listens to a verb that acts: what it says on stderr goes to Loki when it has ended, well or not, where the environment
 * file has a section `logs`. A verb without `--execute` changes nothing, in Loki too.
 * @returns what to call when the verb has ended: it never throws, and changes no exit code
 */
export function tellLoki(program: Command): () => Promise<void> {
  let acting: { readonly verb: string; readonly flags: Flags; readonly lines: ReturnType<typeof listenTo> } | undefined;
  program.hook("preAction", (_, action) => {
    const flags: Flags = action.opts();
    if (flags.execute === true && flags.envConfig !== undefined)
      acting = { verb: verbOf(action), flags, lines: listenTo(process.stderr) };
  });
  return async () => {
    if (acting === undefined) return;
    const { verb, flags, lines } = acting;
    try {
      // Loaded only here: most verbs have nothing to tell.
      const { lokiDoors, sendLines } = await import("../operator/logs/send-lines");
      const doors = lokiDoors(loadEnvironment(flags.envConfig ?? ""));
      if (doors.length === 0) return;
      const ended = { verb, exitCode: Number(process.exitCode ?? 0), drillId: notedDrill(), lines: [...lines()] };
      await sendLines(resultsDirOf(flags), ended, doors, (words) => void process.stderr.write(`-- ${words}\n`));
    } catch {
      // What is wrong with the environment file the verb itself has said.
    }
  };
}
