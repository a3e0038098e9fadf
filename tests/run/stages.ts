import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import path from "node:path";
import { withoutLab } from "./without-lab";

/** One stage of the gate: a command whose exit code counts as one check, or a mocha run whose tests are counted. */
export interface Stage {
  readonly name: string;
  readonly sentence: string;
  readonly command: readonly [string, ...string[]];
  readonly counts: "one" | "mocha";
  /** How long it takes on two idle cores, roughly, in seconds: of stages beside each other the longest begins first. */
  readonly seconds: number;
  /** Runs beside no other stage: it measures on the lab, or judges the stages before it. */
  readonly alone?: true;
  /** Runs only when it is named: it is no part of the whole gate. */
  readonly onlyByName?: true;
}

/** What the runs leave for the gate, from the checkout; git ignores it. */
export const REPORT_FOLDER = "tests/.report";

function one(name: string, seconds: number, sentence: string, ...command: readonly [string, ...string[]]): Stage {
  return { name, sentence, command, counts: "one", seconds };
}

const usesLab = (pattern: string): boolean => /^tests\/(e2e|extended|idle)\//.test(pattern);

function mocha(name: string, seconds: number, sentence: string, pattern: string, ...options: string[]): Stage {
  const reporter = ["--reporter", "tests/run/reporter.ts", "--reporter-option", `file=${REPORT_FOLDER}/${name}.json`];
  const command = ["mocha", ...options, ...reporter, ...globSync(pattern).sort()] as const;
  return { name, sentence, command: usesLab(pattern) ? command : withoutLab(...command), counts: "mocha", seconds };
}

/** These files share nothing: what waits for a shell or a timer lets the others go on. */
const SIDE_BY_SIDE = ["--parallel", "--jobs", "2"];

/** Where checkers keep what they found of unchanged files: in the tool chain's cache, one folder a checkout. */
function kept(file: string, ...flags: readonly string[]): readonly string[] {
  const cache = process.env["UNDERSTUDY_CACHE"];
  if (cache === undefined) return [];
  const checkout = createHash("sha256").update(process.cwd()).digest("hex").slice(0, 12);
  return [...flags, path.join(cache, "checks", checkout, file)];
}

const PRETTIER_CACHE = kept("prettier", "--cache", "--cache-strategy", "content", "--cache-location");
const TYPES_CACHE = kept("types.tsbuildinfo", "--incremental", "--tsBuildInfoFile");

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
  one("format", 16, "prettier", "prettier", "--check", "--log-level", "warn", ...PRETTIER_CACHE, "."),
  // Without a cache: what this finds in a file follows from the types of others, which its cache does not look at.
  one("lint", 35, "eslint, with types", "eslint", "."),
  one("types", 13, "TypeScript", "tsc", "-p", ".", ...TYPES_CACHE),
  one("shell", 4, "shellcheck", "shellcheck", "-x", ...new Set(SHELL_FILES)),
  one("markdown", 2, "markdownlint", "markdownlint-cli2"),
  one("workflows", 1, "actionlint", "actionlint", ...globSync(".github/workflows/*.yml")),
  mocha("configs", 9, "promtool, amtool, systemd-analyze, the Kubernetes schema", "tests/configs/**/*.test.ts"),
  mocha("unit", 70, "pure code and components", "tests/unit/**/*.test.ts", ...SIDE_BY_SIDE),
  mocha("contract", 130, "what other processes rely on", "tests/contract/**/*.test.ts", ...SIDE_BY_SIDE),
  mocha(
    "servers",
    150,
    "PostgreSQL, Redis, restic and a stand-in for S3",
    "tests/servers/**/*.test.ts",
    ...SIDE_BY_SIDE,
  ),
  // It waits for most of its time, so it runs beside the stages that need no lab. Its own is gone before e2e makes one.
  mocha("idle", 600, "a pair with agents that nobody touches for five minutes", "tests/idle/**/*.test.ts"),
  { ...mocha("e2e", 1500, "the lab's two hosts, through the real engine", "tests/e2e/**/*.test.ts"), alone: true },
  {
    ...mocha("extended", 7200, "long stories on a lab whose stacks are up", "tests/extended/**/*.test.ts"),
    alone: true,
    onlyByName: true,
  },
  {
    ...one(GATE, 5, "the requirements, compared with this run, and the final acceptance document", "tests/run/gate.sh"),
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
