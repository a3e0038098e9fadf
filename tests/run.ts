import { spawn } from "node:child_process";
import { globSync } from "node:fs";

/** One stage of the gate: a command whose exit code counts as one check, or a mocha run whose tests are counted. */
interface Stage {
  readonly name: string;
  readonly sentence: string;
  readonly command: readonly [string, ...string[]];
  readonly counts: "one" | "mocha";
}

interface Count {
  readonly passed: number;
  readonly failed: number;
}

function mocha(name: string, sentence: string, pattern: string): Stage {
  return { name, sentence, command: ["mocha", ...globSync(pattern).sort()], counts: "mocha" };
}

const SHELL_FILES = [
  "toolchain/setup.sh",
  "bin/understudy",
  "bin/run-tests",
  ".ci/run",
  ...globSync("{configs,lab,toolchain}/**/*.sh"),
];

const STAGES: readonly Stage[] = [
  { name: "format", sentence: "prettier", command: ["prettier", "--check", "--log-level", "warn", "."], counts: "one" },
  { name: "lint", sentence: "eslint, with types", command: ["eslint", "."], counts: "one" },
  { name: "types", sentence: "TypeScript", command: ["tsc", "-p", "."], counts: "one" },
  { name: "shell", sentence: "shellcheck", command: ["shellcheck", "-x", ...new Set(SHELL_FILES)], counts: "one" },
  mocha("unit", "pure code and components", "tests/unit/**/*.test.ts"),
  mocha("contract", "what other processes rely on", "tests/contract/**/*.test.ts"),
  mocha("e2e", "the lab's two hosts, through the real engine", "tests/e2e/**/*.test.ts"),
];

function run({ command: [program, ...words], counts }: Stage): Promise<Count> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
    let tail = "";
    child.stdout.on("data", (chunk: Buffer) => {
      process.stdout.write(chunk);
      tail = (tail + chunk.toString()).slice(-200_000);
    });
    child.on("error", (error) => {
      process.stderr.write(`${program}: ${error.message}\n`);
      resolve({ passed: 0, failed: 1 });
    });
    child.on("close", (code) => {
      const number = (word: string): number => Number(new RegExp(`^ {2}(\\d+) ${word}`, "m").exec(tail)?.[1] ?? 0);
      const passed = counts === "one" ? Number(code === 0) : number("passing");
      const failed = counts === "one" ? Number(code !== 0) : number("failing");
      // A run that ends badly without naming a failing test, or runs no test, is a failure all the same.
      const silent = counts === "mocha" && (passed === 0 || (code !== 0 && failed === 0));
      resolve({ passed, failed: failed + Number(silent) });
    });
  });
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => STAGES.every((stage) => stage.name !== name));
  if (unknown.length > 0) {
    process.stderr.write(
      `unknown stage ${unknown.join(", ")}: there are ${STAGES.map((stage) => stage.name).join(", ")}\n`,
    );
    process.exitCode = 2;
    return;
  }
  const total = { passed: 0, failed: 0 };
  for (const stage of STAGES) {
    if (wanted.length > 0 && !wanted.includes(stage.name)) continue;
    const began = Date.now();
    process.stdout.write(`== ${stage.name}: ${stage.sentence}\n`);
    const count = await run(stage);
    total.passed += count.passed;
    total.failed += count.failed;
    const seconds = Math.round((Date.now() - began) / 1000);
    process.stdout.write(`== ${stage.name}: ${count.failed === 0 ? "good" : "FAILED"} after ${seconds} s\n`);
  }
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  if (total.failed > 0) process.exitCode = 1;
}

void main();
