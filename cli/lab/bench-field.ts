import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { JudgedAim } from "../../lab/bench/aims";
import { clientsText } from "../../lab/bench/clients/clients-text";
import { runClients } from "../../lab/bench/clients/run-clients";
import { compareText } from "../../lab/bench/compare/compare-text";
import { runCompare } from "../../lab/bench/compare/run-compare";
import { runSize } from "../../lab/bench/size/run-size";
import { DEFAULT_GIB, DEFAULT_KEYS } from "../../lab/bench/size/size-plan";
import { sizeText } from "../../lab/bench/size/size-report";
import { runSoak } from "../../lab/bench/soak/run-soak";
import { beginSoak, readSoak, soakText } from "../../lab/bench/soak/soak-report";
import { wishProblem } from "../../lab/bench/wish-problem";
import type { Progress } from "../../lab/host/progress";
import { loadEnvironment } from "../../settings/load-environment";
import { UserError } from "../../settings/user-error";
import { FIELD_DEFAULTS, type FieldOptions, type FieldSeries } from "./bench-options";

/** A series with a report of its own, as it is asked for. */
export interface FieldRequest extends FieldOptions {
  readonly series: FieldSeries;
  /** Switchovers; the series' own number when undefined. */
  readonly count?: number | undefined;
  readonly outputFile?: string | undefined;
  readonly evidenceFolder?: string | undefined;
  readonly stop: AbortSignal;
}

/** What a series ends with: its report, the same for a person, where it lies, and whether every aim was met. */
export interface FieldOutcome {
  readonly report: object;
  readonly text: string;
  readonly file: string;
  readonly met: boolean;
}

/** What a soak begins with. @throws UserError where it cannot */
function beginSoakOf({
  resume,
  count,
  ...options
}: FieldOptions & Pick<FieldRequest, "count" | "outputFile">): ReturnType<typeof beginSoak> {
  const defaults = FIELD_DEFAULTS.soak;
  const file = options.outputFile ?? defaults.file;
  return beginSoak(file, readSoak(file), {
    resume,
    count,
    environmentFile: options.environment ?? defaults.environment,
  });
}

/** @throws UserError, exit code 2, or EnvironmentError when the files that are asked for cannot say what the series asks */
export function refuseImpossible(
  series: FieldSeries,
  options: FieldOptions & Pick<FieldRequest, "count" | "outputFile">,
): void {
  const defaults = FIELD_DEFAULTS[series];
  if (series === "soak") beginSoakOf(options);
  const of = (file: string | undefined) =>
    file === undefined ? undefined : { file, environment: loadEnvironment(file) };
  const asked = { file: options.environment ?? defaults.environment };
  const problem = wishProblem(
    series,
    { ...asked, environment: loadEnvironment(asked.file) },
    of(options.against ?? defaults.against),
  );
  if (problem !== undefined) throw new UserError(problem.why, problem.next, 2);
}

type Save = (file: string, report: object) => void;

/** Runs one of them. @throws UserError or LabError when it cannot be run, before anything is changed where that can be told */
export async function benchField(request: FieldRequest, progress: Progress, save: Save): Promise<FieldOutcome> {
  const { series, stop } = request;
  const defaults = FIELD_DEFAULTS[series];
  const file = request.outputFile ?? defaults.file;
  const stamp = new Date()
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, "")
    .toLowerCase();
  const folder = request.evidenceFolder ?? path.join(path.dirname(file), `${series}_evidence`);
  await mkdir(folder, { recursive: true });
  const plan = {
    ...{ file: request.environment ?? defaults.environment, count: request.count ?? defaults.count },
    ...{ stamp, folder, stop, rate: request.rate },
  };
  const done = <T extends { readonly aims: readonly JudgedAim[] }>(
    report: T,
    text: (report: T) => string,
  ): FieldOutcome => {
    save(file, report);
    return { report, text: text(report), file, met: report.aims.every(({ verdict }) => verdict === "met") };
  };
  const keep = (report: object): void => save(file, report);
  switch (series) {
    case "clients":
      return done(await runClients(plan, progress, keep), clientsText);
    case "soak":
      return done(await runSoak(plan, beginSoakOf(request), progress, keep), soakText);
    case "size": {
      const { postgresGib: gibs = DEFAULT_GIB, redisKeys: keys = DEFAULT_KEYS } = request;
      return done(await runSize({ ...plan, gibs, keys }, progress, keep), sizeText);
    }
    case "tls":
    case "agents": {
      const { block = 4, against = defaults.against ?? plan.file } = request;
      return done(await runCompare({ ...plan, series, against, block }, progress, keep), compareText);
    }
  }
}
