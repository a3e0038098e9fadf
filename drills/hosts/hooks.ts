import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";
import type { Check } from "../../evidence/document";
import { hookDone, hookMarks, hookWords, type DrillHooks, type HookRun } from "../../evidence/hooks";
import { HOOK_NAMES, type HookName } from "../../settings/hooks-section";
import type { NamedHost } from "../../settings/pair";
import { projectFolder } from "../../settings/project-folder";

/** A host, as far as its hooks matter. */
export type HookHost = Pick<NamedHost, "name" | "hooks">;

/** Notes a moment and says when it was, milliseconds on the drill's clock. */
export interface Marker {
  mark(name: string, host: string | null): number;
}

/** What both hosts declare; undefined where neither declares a hook. Pure. */
export function declaredHooks(hosts: readonly HookHost[]): DrillHooks | undefined {
  const declared = hosts.flatMap(({ name: host, hooks }) =>
    HOOK_NAMES.filter((hook) => hooks?.[hook] !== undefined).map((hook) => ({ host, hook })),
  );
  return declared.length === 0 ? undefined : { declared, ran: [] };
}

/**
 * Runs a host's hook, in the project's folder and without our secrets in its environment, and notes it in the facts.
 * @returns how it ended; undefined where the host declares none. It never throws
 */
export async function runHook(
  { name: host, hooks }: HookHost,
  hook: HookName,
  facts: { hooks?: DrillHooks | undefined },
  marker: Marker,
): Promise<HookRun | undefined> {
  const declared = hooks?.[hook];
  const [program, ...words] = declared?.command ?? [];
  if (declared === undefined || program === undefined) return undefined;
  const [begins, ended] = hookMarks({ hook });
  const beganAtMs = marker.mark(begins, host);
  const how = await end(program, [...words, hook], declared.timeout_seconds * 1000, host);
  const run: HookRun = { host, hook, beganAtMs, endedAtMs: marker.mark(ended, host), ...how };
  facts.hooks?.ran.push(run);
  return run;
}

function end(
  program: string,
  words: readonly string[],
  timeout: number,
  host: string,
): Promise<Pick<HookRun, "end" | "exitCode">> {
  const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], UNDERSTUDY_HOST: host };
  return new Promise((resolve) => {
    execFile(program, [...words], { timeout, killSignal: "SIGKILL", cwd: projectFolder(), env }, (error) => {
      if (error === null) return resolve({ end: "exit", exitCode: 0 });
      if (typeof error.code === "number") return resolve({ end: "exit", exitCode: error.code });
      if (error.killed === true) return resolve({ end: "timeout", exitCode: null });
      return resolve({ end: typeof error.code === "string" ? "not-started" : "signal", exitCode: null });
    }).stdin?.end();
  });
}

/** Why a hook that was run did not do what it is for, in words; undefined when it did, or there was none. Pure. */
export function hookProblem(run: HookRun | undefined): string | undefined {
  return run === undefined || hookDone(run)
    ? undefined
    : `the hook ${run.hook} of ${run.host} failed: ${hookWords(run)}`;
}

/** Whether each declared hook is a program that can be run here. */
export function hookChecks(hosts: readonly HookHost[]): readonly Check[] {
  return hosts.flatMap(({ name: host, hooks }) =>
    HOOK_NAMES.flatMap((hook): Check[] => {
      const program = hooks?.[hook]?.command[0];
      if (program === undefined) return [];
      const found = programState(program);
      const ok = found === "can be run";
      return [{ name: `hook ${hook}: ${program}`, host, measured: found, limit: "can be run", ok }];
    }),
  );
}

function programState(program: string): "can be run" | "is not there" | "is not executable" {
  const folder = projectFolder() ?? process.cwd();
  const places = program.includes("/")
    ? [path.resolve(folder, program)]
    : (process.env["PATH"] ?? "").split(path.delimiter).map((one) => path.join(one, program));
  const files = places.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
  if (files.length === 0) return "is not there";
  return files.some(isExecutable) ? "can be run" : "is not executable";
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a dry run says of a hook that the drill would run: nothing where the host declares none. Pure. */
export function hookAnnounced({ name: host, hooks }: HookHost, hook: HookName, when: string): readonly Check[] {
  const program = hooks?.[hook]?.command[0];
  if (program === undefined) return [];
  return [{ name: `hook ${hook} would run ${when}`, host, measured: program, limit: null, ok: true }];
}

/** That the promoted host's hook did its work: the last thing a drill asks, since nothing is undone for it. Pure. */
export function promotedHookChecks(facts: { hooks?: DrillHooks | undefined }, host: string): readonly Check[] {
  const runs = (facts.hooks?.ran ?? []).filter((one) => one.host === host && one.hook === "promoted");
  const declared = facts.hooks?.declared.some((one) => one.host === host && one.hook === "promoted") === true;
  if (!declared) return [];
  const last = runs.at(-1);
  const measured = last === undefined ? "it was not run" : hookWords(last);
  return [{ name: "hook promoted", host, measured, limit: "exit code 0", ok: last !== undefined && hookDone(last) }];
}

/** What an operator does whose drill is complete but for this hook. */
export function hookNext({ hooks }: HookHost): string {
  return `${(hooks?.promoted?.command ?? []).join(" ")} promoted, by hand, once what kept it from working is mended`;
}
