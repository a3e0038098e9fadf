import { Command } from "commander";
import { activeFaults, labHeal } from "../../lab/faults/heal";
import { strikeFault } from "../../lab/faults/strike";
import { FAULTS, UNAVAILABLE_FAULTS } from "../../lab/faults/table";
import type { Progress } from "../../lab/host/progress";
import { outputOption, structured, type TextOrJson } from "../structured-output";

const toStderr: Progress = (line) => process.stderr.write(`${line}\n`);

const EXAMPLE = "Example:\n  understudy lab fault power-loss --host host-b\n  understudy lab heal\n";

/** The list of faults as lines for a person: name, what it is done to, what it does. */
export function faultList(): readonly string[] {
  const row = (name: string, where: string, sentence: string): string =>
    `${name.padEnd(16)} ${where.padEnd(13)} ${sentence}`;
  return [
    row("fault", "where", "what it does"),
    ...FAULTS.map((one) => row(one.name, one.scope === "pair" ? "between hosts" : "--host HOST", one.sentence)),
    ...UNAVAILABLE_FAULTS.map((one) => row(one.name, "not available", `${one.sentence}: ${one.reason}`)),
  ];
}

/** The same list for programs. */
function faultJson(): object {
  return {
    faults: FAULTS.map(({ name, scope, lasts, sentence }) => ({ name, scope, lasts, sentence })),
    unavailable: UNAVAILABLE_FAULTS,
  };
}

/** For programs, what is broken now: read from both hosts, not remembered. */
async function showActive(output: TextOrJson): Promise<void> {
  if (output === "json") process.stdout.write(structured(output, { active: await activeFaults() }));
}

/** `understudy lab fault [NAME] [--host HOST]` and `understudy lab heal`: break the lab on purpose, and mend it. */
export function labFaultCommands(): readonly Command[] {
  const fault = new Command("fault")
    .description("break the lab as NAME says; without NAME, list the faults there are")
    .argument("[name]", "the fault")
    .option("--host <host>", "the host to break")
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE)
    .action(async (name: string | undefined, { host, output }: { host?: string; output: TextOrJson }) => {
      if (name === undefined) {
        process.stdout.write(output === "json" ? structured(output, faultJson()) : `${faultList().join("\n")}\n`);
        return;
      }
      await strikeFault(name, host, toStderr);
      await showActive(output);
    });
  const heal = new Command("heal")
    .description("take every fault away and repair what the lab lost to them; safe to run again")
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE)
    .action(async ({ output }: { output: TextOrJson }) => {
      await labHeal(toStderr);
      await showActive(output);
    });
  return [fault, heal];
}
