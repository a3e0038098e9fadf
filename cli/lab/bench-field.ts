import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { JudgedAim } from "../../lab/bench/aims";
import { clientsText } from "../../lab/bench/clients/clients-text";
import { runClients } from "../../lab/bench/clients/run-clients";
import { wishProblem } from "../../lab/bench/wish-problem";
import type { Progress } from "../../lab/host/progress";
import { loadEnvironment } from "../../settings/load-environment";
import { UserError } from "../../settings/user-error";
import { FIELD_DEFAULTS, type FieldOptions, type FieldSeries } from "./bench-options";

/** A series with a report of its own, as it is asked for. */
export interface FieldRequest extends FieldOptions {
  readonly series: FieldSeries;
  /** Switchovers; the series' own number when undefined. */
  readonly count: number | undefined;
  readonly outputFile: string | undefined;
  readonly evidenceFolder: string | undefined;
  readonly stop: AbortSignal;
}

/** What a series ends with: its report, the same for a person, where it lies, and whether every aim was met. */
export interface FieldOutcome {
  readonly report: object;
  readonly text: string;
  readonly file: string;
  readonly met: boolean;
}

/** @throws UserError, exit code 2, or EnvironmentError when the files that are asked for cannot say what the series asks */
export function refuseImpossible(series: FieldSeries, options: FieldOptions): void {
  const defaults = FIELD_DEFAULTS[series];
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
    ...{ stamp, folder, stop },
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
  }
}
