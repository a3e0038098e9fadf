import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { PulumiCommand } from "@pulumi/pulumi/automation";

type Listener = (text: string) => void;

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** The engine's exit code where a stack is not there: its contract for those who call it. */
export const STACK_NOT_FOUND = 6;

/** The engine ended with another code than 0; the message has everything that it said. */
export class EngineFailure extends Error {
  override readonly name = "EngineFailure";

  constructor(
    message: string,
    readonly code: number,
  ) {
    super(message);
  }
}

/**
 * The `pulumi` command in a process group of its own. A terminal sends Ctrl-C to every process of its group, and pulumi
 * takes a second one for "at once, whatever is under way": here it hears only what this process passes on, once. It also
 * outlives this process, so a terminal that is closed does not end a drill in the middle.
 */
export async function detachedPulumi(): Promise<PulumiCommand> {
  const automation = await import("@pulumi/pulumi/automation");
  const found = await automation.PulumiCommand.get();
  return Object.create(found, { run: { value: runDetached(found.command) } }) as PulumiCommand;
}

/** Of the shape that the Automation API calls. @throws EngineFailure when it does not exit 0 */
function runDetached(command: string) {
  return async (
    words: readonly string[],
    cwd: string,
    env: Readonly<Record<string, string>>,
    onOutput?: Listener,
    onError?: Listener,
    signal?: AbortSignal,
  ): Promise<Ended> => {
    const all = words.includes("--non-interactive") ? words : [...words, "--non-interactive"];
    const output = words[0] === "up" ? intoFiles() : intoMemory();
    const child = spawn(command, all, {
      cwd,
      env: { ...engineVariables(process.env, env), PULUMI_AUTOMATION_API: "true" },
      stdio: ["ignore", ...output.stdio],
      detached: true,
    });
    child.stdout?.setEncoding("utf8").on("data", (text: string) => output.hear("stdout", text, onOutput));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => output.hear("stderr", text, onError));
    const interrupt = (): void => void child.kill("SIGINT");
    signal?.addEventListener("abort", interrupt);
    if (signal?.aborted === true) interrupt();
    try {
      const code = await new Promise<number>((resolve, reject) => {
        child
          .on("error", reject)
          .on("close", (status, by) => (by === null ? resolve(status ?? -1) : reject(killed(by))));
      });
      const said = output.said();
      if (code === 0) return { ...said, code };
      throw new EngineFailure(`pulumi ${words[0] ?? ""} ended with ${code}\n${said.stderr}\n${said.stdout}`, code);
    } finally {
      signal?.removeEventListener("abort", interrupt);
      output.forget();
    }
  };
}

/**
 * The variables that the engine sees: this process's own and, before them, those that were asked for. Pulumi takes a
 * passphrase, an empty one too, before the file with it: one that happens to be set here opens no stack whose passphrase
 * stands in a file that the environment file names. An empty one beside a file is none.
 */
export function engineVariables(own: NodeJS.ProcessEnv, asked: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const all: NodeJS.ProcessEnv = { ...own, ...asked };
  const { PULUMI_CONFIG_PASSPHRASE: passphrase, PULUMI_CONFIG_PASSPHRASE_FILE: file, ...others } = all;
  if (file === undefined || file === "" || asked["PULUMI_CONFIG_PASSPHRASE"] !== undefined) return all;
  const fileWasAsked = asked["PULUMI_CONFIG_PASSPHRASE_FILE"] !== undefined;
  return fileWasAsked || passphrase === "" ? { ...others, PULUMI_CONFIG_PASSPHRASE_FILE: file } : all;
}

interface Output {
  readonly stdio: readonly ["pipe" | number, "pipe" | number];
  hear(stream: "stdout" | "stderr", text: string, listener: Listener | undefined): void;
  said(): { stdout: string; stderr: string };
  forget(): void;
}

/** Of every command that may print a secret: nothing of it is written anywhere. */
function intoMemory(): Output {
  const said = { stdout: "", stderr: "" };
  return {
    stdio: ["pipe", "pipe"],
    hear: (stream, text, listener) => {
      said[stream] += text;
      listener?.(text);
    },
    said: () => said,
    forget: () => undefined,
  };
}

/** Of `up`, which prints no secrets: a pipe without a reader would end it when this process dies. */
function intoFiles(): Output {
  const folder = mkdtempSync(path.join(tmpdir(), "understudy-up-"));
  const names = ["stdout", "stderr"].map((name) => path.join(folder, name)) as [string, string];
  const files = names.map((name) => openSync(name, "w", 0o600)) as [number, number];
  return {
    stdio: files,
    hear: () => undefined,
    said: () => ({ stdout: readFileSync(names[0], "utf8"), stderr: readFileSync(names[1], "utf8") }),
    forget: () => {
      files.forEach(closeSync);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function killed(signal: NodeJS.Signals): Error {
  return new Error(`pulumi was ended by ${signal}`);
}
