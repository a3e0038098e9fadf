import { Command } from "commander";
import { whyWait } from "../operator/calendar/scheduled";
import { drillClosing, type ClosedDrill } from "../operator/drill/closing";
import { conductDrill } from "../operator/drill/conduct-drill";
import type { DrillRecord } from "../operator/drill/drill-record";
import { noteDrill } from "../operator/logs/spoken";
import { drillConfigSchema, drillIdAt } from "../settings/drill-config";
import type { Environment } from "../settings/environment";
import { loadEnvironment } from "../settings/load-environment";
import { UserError } from "../settings/user-error";
import { noCalendar } from "./calendar-words";
import { drillSummary } from "./drill-summary";
import { closingText } from "./closing-text";
import { defaultEnvConfig } from "./env-config";
import { progressWatch } from "./progress-watch";
import { stopSignal } from "./stop-signal";
import { outputOption, structured, type TextOrJson } from "./structured-output";

interface DrillFlags {
  readonly envConfig: string;
  readonly outputDir: string;
  readonly execute: boolean;
  readonly andBack: boolean;
  readonly to?: string;
  readonly drillId?: string;
  readonly nonce: string;
  readonly loseUnlogged: boolean;
  readonly storesOnly: boolean;
  readonly maxFailoverSeconds?: string;
  readonly maxDataLagEvents?: string;
  readonly key?: string;
  readonly scheduled: boolean;
  readonly output: TextOrJson;
}

const EXAMPLE = `
Examples:
  understudy drill --env-config configs/deploy/environments/lab.yaml                         # dry run: changes nothing
  understudy drill --env-config configs/deploy/environments/lab.yaml --execute               # and the switchover
  understudy drill --env-config configs/deploy/environments/lab.yaml --execute --and-back    # and the way back
  understudy drill --execute --scheduled    # by a timer
`;

/** `understudy drill`: dry run, switchover, verify and report as one, with one exit code. */
export function drillCommand(): Command {
  return new Command("drill")
    .description(
      "a drill whole: dry run and, with --execute, switchover, each verified and reported (exit 0 accepted, 1 failed, 2 nothing could be verified, 3 refused)",
    )
    .option("--env-config <file>", "the environment file with both hosts", defaultEnvConfig())
    .option("--output-dir <folder>", "where evidence, reports and the record of the drill go", "docs/results")
    .option("--execute", "exchange the roles once the dry run was accepted (without it nothing is changed)", false)
    .option("--and-back", "with --execute: exchange them back once the switchover was accepted", false)
    .option("--to <host>", "the host to promote (default: the one that is standby now)")
    .option("--drill-id <id>", "the drill's id, used once (default: made from the time)")
    .option("--nonce <text>", "a gate's nonce, which the evidence carries", "")
    .option(
      "--lose-unlogged",
      "go on although rows of unlogged tables are lost; the evidence says that you knew",
      false,
    )
    .option("--stores-only", "move PostgreSQL and Redis alone; the evidence says so", false)
    .option(
      "--max-failover-seconds <n>",
      "longest duration, and longest outage, that is accepted (default: the environment's objective)",
    )
    .option(
      "--max-data-lag-events <n>",
      "greatest number of missing events that is accepted (default: the environment's objective)",
    )
    .option("--key <file>", "the public key, PEM, by which the evidence must be signed")
    .option(
      "--scheduled",
      "with --execute: do nothing, with exit code 0, unless a window of the calendar is open and a drill is due",
      false,
    )
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async (flags: DrillFlags) => {
      const { envConfig, outputDir } = flags;
      const environment = loadEnvironment(envConfig);
      if (flags.scheduled) {
        if (!flags.execute) throw usage("--scheduled belongs to --execute: a dry run may be done at any time");
        if (environment.drills === undefined) throw noCalendar(envConfig);
        const now = new Date();
        const places = { environment, environmentFile: envConfig, resultsDir: outputDir };
        const reason = await whyWait({ ...places, calendar: environment.drills, now });
        if (reason !== undefined) {
          const nothing = structured("json", { done: false, reason });
          process.stdout.write(flags.output === "json" ? nothing : `nothing is done: ${reason}\n`);
          return;
        }
      }
      const { record, file } = await drill(environment, flags);
      process.stdout.write(flags.output === "json" ? structured("json", record) : drillSummary(record, file));
      if (flags.output !== "json") {
        const places = { environment, environmentFile: envConfig, resultsDir: outputDir };
        process.stdout.write(closingText(await drillClosing(places, closedDrill(record)), reportOf(record)));
      }
      process.exitCode = record.exitCode ?? 1;
    });
}

/** The last part that left evidence, and who is primary after the last one that was accepted. */
function closedDrill({ parts }: DrillRecord): ClosedDrill {
  const moved = parts.findLast(({ drill, exitCode }) => drill?.mode === "execute" && exitCode === 0);
  return { primary: moved?.drill?.toHost, id: parts.findLast(({ drill }) => drill !== null)?.drill?.id };
}

/** The page of the last part that has one. */
function reportOf({ parts }: DrillRecord): string | undefined {
  return parts.findLast(({ report }) => report !== null)?.report?.html;
}

function drill(environment: Environment, flags: DrillFlags): ReturnType<typeof conductDrill> {
  const { envConfig, outputDir, execute, andBack, to, key } = flags;
  if (andBack && !execute) throw usage("--and-back belongs to --execute: a dry run moves no role");
  const asked = drillConfigSchema.safeParse({
    id: flags.drillId ?? drillIdAt(new Date()),
    nonce: flags.nonce,
    ...(flags.loseUnlogged ? { lose_unlogged: true } : {}),
    ...(flags.storesOnly ? { stores_only: true } : {}),
  });
  if (!asked.success)
    throw usage(asked.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
  const { id, nonce, lose_unlogged, stores_only } = asked.data;
  if (id.length > LONGEST_ID)
    throw usage(`--drill-id has at most ${LONGEST_ID} characters here: each part adds its own`);
  noteDrill(id);
  return conductDrill(
    {
      ...{
        environment,
        environmentFile: envConfig,
        outputDir,
        id,
        execute,
        andBack,
        to,
        key,
      },
      terms: {
        nonce,
        ...(lose_unlogged === undefined ? {} : { lose_unlogged }),
        ...(stores_only === undefined ? {} : { stores_only }),
      },
      limits: {
        ...limit("--max-failover-seconds", "maxFailoverSeconds", flags.maxFailoverSeconds),
        ...limit("--max-data-lag-events", "maxDataLagEvents", flags.maxDataLagEvents),
      },
      signal: stopSignal((line) => process.stderr.write(`-- ${line}\n`), "part of the drill"),
      scheduled: flags.scheduled,
    },
    progressWatch(process.stderr),
  );
}

/** An id has 64 characters, and the dry run's ends in `-dry-run`. */
const LONGEST_ID = 56;

function limit<K extends string>(flag: string, key: K, text: string | undefined): { readonly [P in K]?: number } {
  if (text === undefined) return {};
  if (/^[0-9]{1,15}(\.[0-9]{1,9})?$/.test(text)) return { [key]: Number(text) } as { readonly [P in K]?: number };
  throw usage(`${flag}=${JSON.stringify(text)} is not a number, 0 or more`);
}

function usage(problem: string): UserError {
  return new UserError(problem, "understudy drill --help", 2);
}
