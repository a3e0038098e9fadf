import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import type { Deployment, Stack, Workspace } from "@pulumi/pulumi/automation";
import { z } from "zod";
import type { EvidenceDocument } from "../../evidence/document";
import type { StackEvidence } from "../../evidence/stack-output";
import { EngineFailure, engineVariables } from "./detached-pulumi";
import { pendingOperations, type PendingOperation } from "../../evidence/pending-operations";

/** A stack's state in the form of `pulumi stack export`. */
export type ExportedState = Deployment;

/**
 * Exports a stack's state, through a pipe: nothing of it is written anywhere.
 * @param secrets `encrypted` as they are in the state, or `shown`, for comparing them in memory
 * @throws Error with what the engine said
 */
export async function exportState(stack: Stack, secrets: "encrypted" | "shown" = "encrypted"): Promise<ExportedState> {
  const shown = secrets === "shown" ? ["--show-secrets"] : [];
  return JSON.parse(await onStack(stack, ["stack", "export", ...shown])) as ExportedState;
}

/**
 * Imports a state, its secrets encrypted as they were exported. The engine reads it from a file: one that only this account
 * can read, in a folder that only it can open, and both are gone afterwards, whatever the engine says.
 * @throws Error with what the engine said
 */
export async function importState(stack: Stack, state: ExportedState): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "understudy-state-"));
  try {
    const file = path.join(folder, "state.json");
    await writeFile(file, JSON.stringify(state), { mode: 0o600, flag: "wx" });
    await onStack(stack, ["stack", "import", "--file", file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What an exported state has of operations that did not end. @throws Error when it is no state */
export function pendingIn(state: ExportedState): readonly PendingOperation[] {
  return pendingOperations(JSON.stringify(state));
}

/** What the Automation API calls of its command, and does not publish. */
interface Runs {
  run(words: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<{ stdout: string }>;
}

function onStack({ name, workspace }: Stack, words: readonly string[]): Promise<string> {
  return askEngine(workspace, [...words, "--stack", name]);
}

/** Runs `pulumi` in a project's folder, and gives what it printed: nothing of it is written anywhere. @throws EngineFailure */
export async function askEngine(workspace: Workspace, words: readonly string[]): Promise<string> {
  const { pulumiCommand, workDir, envVars, pulumiHome } = workspace;
  const environment = { ...(pulumiHome === undefined ? {} : { PULUMI_HOME: pulumiHome }), ...envVars };
  const engine = pulumiCommand as unknown as Runs;
  return (await engine.run(words, workDir, environment)).stdout;
}

/**
 * Sets a secret of a stack's config. It goes to `pulumi` through stdin: the Automation API's own way would have it among the
 * arguments of a process. @throws EngineFailure
 */
export async function setSecret({ name, workspace }: Stack, key: string, value: string): Promise<void> {
  const { pulumiCommand, workDir, envVars, pulumiHome } = workspace;
  const environment = { ...(pulumiHome === undefined ? {} : { PULUMI_HOME: pulumiHome }), ...envVars };
  const words = ["config", "set", "--secret", "--stack", name, "--non-interactive", key];
  const child = spawn(pulumiCommand.command, words, {
    cwd: workDir,
    env: engineVariables(process.env, environment),
    stdio: ["pipe", "ignore", "pipe"],
  });
  // One that ends before it has read says why.
  child.stdin.on("error", () => undefined).end(value);
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const [said, code] = await Promise.all([text(child.stderr), ended]);
  if (code !== 0) throw new EngineFailure(`pulumi config set --secret ${key} ended with ${code}\n${said}`, code ?? -1);
}

const properties = z.record(z.string(), z.unknown());

const stateSchema = z.looseObject({
  resources: z
    .array(
      z.looseObject({
        urn: z.string(),
        type: z.string(),
        id: z.string().optional(),
        inputs: properties.nullish(),
        outputs: properties.nullish(),
      }),
    )
    .nullish(),
});

/** A resource as the state has it. */
export interface StateResource {
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  /** What its provider calls it; undefined for a component. */
  readonly id: string | undefined;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The resources of an exported state. @throws ZodError when it is no state */
export function resourcesOf({ deployment }: Pick<ExportedState, "deployment">): readonly StateResource[] {
  return (stateSchema.parse(deployment ?? {}).resources ?? []).map(({ urn, type, id, inputs, outputs }) => ({
    ...{ urn, type, id },
    name: urn.split("::").at(-1) ?? urn,
    inputs: inputs ?? {},
    outputs: outputs ?? {},
  }));
}

/** The evidence among the outputs of a stack; undefined where it has none. */
export function evidenceIn(resources: readonly StateResource[]): EvidenceDocument | undefined {
  const outputs = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
  return ((outputs?.["evidence"] ?? {}) as Partial<StackEvidence>).document;
}

/** What is in a secret of a state that was exported with its secrets shown; anything else is given back as it is. */
export function shown(value: unknown): unknown {
  const { plaintext } = (typeof value === "object" && value !== null ? value : {}) as { plaintext?: unknown };
  return typeof plaintext === "string" ? (JSON.parse(plaintext) as unknown) : value;
}
