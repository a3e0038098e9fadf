import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { withoutPasswords } from "../failover/backend";
import { EVIDENCE_OUTPUT } from "../../evidence/stack-output";

const DEADLINE_MS = 60_000;
const LARGEST_OUTPUT_BYTES = 512 * 1024 * 1024;

/**
 * Gives a JSON text about a stack.
 * @throws Error when the stack, what is asked of it or the engine is not there, or does not answer.
 */
export type StackReader = (stack: string) => Promise<string>;

/** Reads a stack's `evidence` output with the `pulumi` command, in the current folder and environment. */
export const readWithPulumi: StackReader = (stack) => pulumi(stack, "output", EVIDENCE_OUTPUT, "--json");

/** Exports a stack's state, its secrets encrypted, in the same way. */
export const exportWithPulumi: StackReader = (stack) => pulumi(stack, "export");

async function pulumi(stack: string, ...words: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("pulumi", ["-s", stack, "stack", ...words, "--non-interactive"], {
      timeout: DEADLINE_MS,
      maxBuffer: LARGEST_OUTPUT_BYTES,
    });
    return stdout;
  } catch (thrown) {
    throw new Error(pulumiError(thrown), { cause: thrown });
  }
}

function pulumiError(thrown: unknown): string {
  const { code, killed, stderr } = thrown as NodeJS.ErrnoException & { killed?: boolean; stderr?: string };
  if (code === "ENOENT") return "the command pulumi is not on PATH";
  if (killed === true) return `pulumi did not answer within ${DEADLINE_MS / 1000} s`;
  const lines = (stderr ?? "").split("\n").filter((line) => line.trim() !== "" && !line.startsWith("warning:"));
  return withoutPasswords((lines.at(-1) ?? "pulumi failed").replace(/^error:\s*/, "").trim());
}
