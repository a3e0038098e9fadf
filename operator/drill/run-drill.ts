import path from "node:path";
import type { Expectations } from "../../evidence/verify/rule";
import type { DrillConfig } from "../../settings/drill-config";
import type { Environment } from "../../settings/environment";
import { runFailover, type FailoverWatch } from "../failover/failover";
import { runPart, type DrillPart, type PartName, type PartTerms, type RunFailover } from "./drill-part";

/** What one drill is asked to do. */
export interface DrillOptions {
  readonly environment: Environment;
  /** Where the environment was read from. */
  readonly environmentFile: string;
  /** Folder of evidence and reports. */
  readonly outputDir: string;
  readonly id: string;
  readonly execute: boolean;
  /** Exchange the roles back once the switchover was accepted. */
  readonly andBack: boolean;
  /** Host to promote; the one that is standby now when undefined. */
  readonly to: string | undefined;
  /** What every part is asked for beside its id and its mode. */
  readonly terms: Pick<DrillConfig, "nonce" | "lose_unlogged" | "stores_only">;
  /** Limits in place of the environment's objectives. */
  readonly limits: Partial<Pick<Expectations, "maxFailoverSeconds" | "maxDataLagEvents">>;
  /** Public key that the evidence must be signed with. */
  readonly key: string | undefined;
  /** Aborted when this process is told to end: a dry run ends, an exchange of the roles goes on to its end, and nothing is begun after it. */
  readonly signal?: AbortSignal;
}

/** Where the evidence of each part goes. What is exchanged last has the contract's own name; `drills/` keeps every one. */
export const PART_FILES: Readonly<Record<PartName, string>> = {
  "dry-run": "failover_dry_run.env",
  switchover: "failover_result.env",
  "way-back": "failover_result.env",
};

const WORDS: Readonly<Record<PartName, string>> = {
  "dry-run": "dry run: nothing is changed",
  switchover: "switchover: the roles are exchanged",
  "way-back": "the way back: the roles are exchanged again",
};

/**
 * A drill whole: the dry run and, where it is to be executed, the switchover and the way back, each verified and
 * reported. It stops after the first part that does not end well. Never throws for what becomes of a part.
 */
export async function runDrill(
  options: DrillOptions,
  watch: FailoverWatch,
  run: RunFailover = runFailover,
): Promise<readonly DrillPart[]> {
  const parts: DrillPart[] = [];
  for (const name of plannedParts(options)) {
    if (options.signal?.aborted === true) return [...parts, notBegun(name, parts)];
    watch.phase?.(WORDS[name]);
    const part = await runPart(name, failoverOf(name, options, parts), termsOf(name, options), watch, run);
    parts.push(part);
    if (part.exitCode !== 0) break;
  }
  return parts;
}

/** The exit code of the whole: that of the part that did not end well. */
export function exitCodeOfParts(parts: readonly DrillPart[]): DrillPart["exitCode"] {
  return parts.find(({ exitCode }) => exitCode !== 0)?.exitCode ?? 0;
}

function plannedParts({ execute, andBack }: DrillOptions): readonly PartName[] {
  if (!execute) return ["dry-run"];
  return andBack ? ["dry-run", "switchover", "way-back"] : ["dry-run", "switchover"];
}

const SUFFIX: Readonly<Record<PartName, string>> = { "dry-run": "-dry-run", switchover: "", "way-back": "-back" };

/** The id of one part of the drill of an id. */
export function partId(id: string, name: PartName): string {
  return `${id}${SUFFIX[name]}`;
}

function failoverOf(
  name: PartName,
  { environment, environmentFile, outputDir, id, to, terms, signal }: DrillOptions,
  before: readonly DrillPart[],
): Parameters<RunFailover>[0] {
  const there = before.find((one) => one.name === "switchover")?.outcome?.document.drill;
  return {
    environment,
    environmentFile,
    outputFile: path.join(outputDir, PART_FILES[name]),
    // What the dry run was of, whatever has moved meanwhile: then the switchover refuses.
    to: name === "way-back" ? there?.fromHost : (before[0]?.outcome?.document.drill.toHost ?? to),
    drill: { id: partId(id, name), mode: name === "dry-run" ? "dry-run" : "execute", kind: "planned", ...terms },
    ...(name === "dry-run" && signal !== undefined ? { signal } : {}),
  };
}

function termsOf(name: PartName, { environment, outputDir, terms, limits, key, execute }: DrillOptions): PartTerms {
  const { objectives } = environment;
  const dry = name === "dry-run";
  return {
    expectations: {
      mode: dry ? "dry-run" : "execute",
      // The limits are the switchover's. A dry run stops nobody, and counts how far the standby is behind now.
      maxFailoverSeconds: (dry ? undefined : limits.maxFailoverSeconds) ?? objectives.max_failover_seconds,
      maxDataLagEvents: dry
        ? objectives.max_lag_events_before_swap
        : (limits.maxDataLagEvents ?? objectives.max_data_lag_events),
      nonce: terms.nonce === "" ? null : terms.nonce,
      freshness: null,
      ...(terms.stores_only === true ? { storesOnly: true } : {}),
    },
    key,
    reportFolder: outputDir,
    reportGood: !dry || !execute,
  };
}

function notBegun(name: PartName, before: readonly DrillPart[]): DrillPart {
  const there = before.find((one) => one.name === "switchover")?.outcome?.document.drill;
  const next = there === undefined ? "understudy drill --execute" : `understudy drill --execute --to ${there.fromHost}`;
  return {
    name,
    exitCode: 1,
    problem: { step: null, host: null, reason: `interrupted: the ${name.replace("-", " ")} was not begun`, next },
  };
}
