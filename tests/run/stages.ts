import { globSync } from "node:fs";

/** One stage of the gate: a command whose exit code counts as one check, or a mocha run whose tests are counted. */
export interface Stage {
  readonly name: string;
  readonly sentence: string;
  readonly command: readonly [string, ...string[]];
  readonly counts: "one" | "mocha";
  /** Runs beside no other stage: it has the lab, or judges the stages before it. */
  readonly alone?: true;
  /** Runs only when it is named: it is no part of the whole gate. */
  readonly onlyByName?: true;
}

/** What the runs leave for the gate, from the checkout; git ignores it. */
export const REPORT_FOLDER = "tests/.report";

function one(name: string, sentence: string, ...command: readonly [string, ...string[]]): Stage {
  return { name, sentence, command, counts: "one" };
}

function mocha(name: string, sentence: string, pattern: string): Stage {
  const reporter = ["--reporter", "tests/run/reporter.ts", "--reporter-option", `file=${REPORT_FOLDER}/${name}.json`];
  return { name, sentence, command: ["mocha", ...reporter, ...globSync(pattern).sort()], counts: "mocha" };
}

const SHELL_FILES = [
  "toolchain/setup.sh",
  "bin/understudy",
  "bin/run-tests",
  ".ci/run",
  ...globSync("{configs,lab,tests,toolchain}/**/*.sh"),
];

/** The name of the last stage: it judges what the others left. */
export const GATE = "requirements";

/** Every stage, in the order in which they run. */
export const STAGES: readonly Stage[] = [
  one("format", "prettier", "prettier", "--check", "--log-level", "warn", "."),
  one("lint", "eslint, with types", "eslint", "."),
  one("types", "TypeScript", "tsc", "-p", "."),
  one("shell", "shellcheck", "shellcheck", "-x", ...new Set(SHELL_FILES)),
  one("markdown", "markdownlint", "markdownlint-cli2"),
  one("workflows", "actionlint", "actionlint", ...globSync(".github/workflows/*.yml")),
  mocha("configs", "promtool, amtool, systemd-analyze, the Kubernetes schema", "tests/configs/**/*.test.ts"),
  mocha("unit", "pure code and components", "tests/unit/**/*.test.ts"),
  mocha("contract", "what other processes rely on", "tests/contract/**/*.test.ts"),
  { ...mocha("e2e", "the lab's two hosts, through the real engine", "tests/e2e/**/*.test.ts"), alone: true },
  {
    ...mocha("extended", "long stories on a lab whose stacks are up", "tests/extended/**/*.test.ts"),
    alone: true,
    onlyByName: true,
  },
  {
    ...one(GATE, "the requirements, held against this run, and the final acceptance document", "tests/run/gate.sh"),
    alone: true,
  },
];

/** What a call of `bin/run-tests` runs. */
export interface ChosenStages {
  readonly stages: readonly Stage[];
  /** Whether every stage of the whole gate is among them: only such a run leaves a report that requirements are held against. */
  readonly complete: boolean;
}

/** The stages that were named, or all but those that run only by name. Names that no stage has are for the caller to refuse. */
export function chooseStages(named: readonly string[]): ChosenStages {
  const whole = STAGES.filter(({ onlyByName }) => onlyByName !== true);
  const stages = named.length === 0 ? whole : STAGES.filter(({ name }) => named.includes(name));
  return { stages, complete: whole.every((stage) => stages.includes(stage)) };
}
