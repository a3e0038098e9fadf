import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { EVIDENCE_OUTPUT } from "../evidence/stack-output";

const DEADLINE_MS = 60_000;
const LARGEST_OUTPUT_BYTES = 512 * 1024 * 1024;

/**
 * Gives the JSON text of a stack's `evidence` output.
 * @throws Error when the stack, the output or the engine is not there, or does not answer.
 */
export type StackReader = (stack: string) => Promise<string>;

/** Reads the output with the `pulumi` command, in the current folder and environment. */
export const readWithPulumi: StackReader = async (stack) => {
  const args = ["-s", stack, "stack", "output", EVIDENCE_OUTPUT, "--json", "--non-interactive"];
  try {
    const { stdout } = await promisify(execFile)("pulumi", args, {
      timeout: DEADLINE_MS,
      maxBuffer: LARGEST_OUTPUT_BYTES,
    });
    return stdout;
  } catch (thrown) {
    throw new Error(pulumiError(thrown), { cause: thrown });
  }
};

function pulumiError(thrown: unknown): string {
  const { code, killed, stderr } = thrown as NodeJS.ErrnoException & { killed?: boolean; stderr?: string };
  if (code === "ENOENT") return "the command pulumi is not on PATH";
  if (killed === true) return `pulumi did not answer within ${DEADLINE_MS / 1000} s`;
  const lines = (stderr ?? "").split("\n").filter((line) => line.trim() !== "" && !line.startsWith("warning:"));
  return (lines.at(-1) ?? "pulumi failed").replace(/^error:\s*/, "").trim();
}
