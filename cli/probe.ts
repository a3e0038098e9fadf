import path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { defaultEnvConfig } from "./env-config";
import { outputOption, structured, type TextOrJson } from "./structured-output";
import { seenEndpoints } from "../drills/probe/endpoints";
import { seenSession } from "../drills/probe/seen-session";
import type { StandingDescription } from "../drills/probe/standing/protocol";
import { defaultProbeSocket } from "../drills/probe/standing/socket-file";
import { type StartedProbe, startStandingProbe } from "../drills/probe/standing/start";
import { stopStandingProbe } from "../drills/probe/standing/stop";
import { watchStandingProbe } from "../drills/probe/standing/watch";
import { openStacks } from "../operator/failover/pair-stacks";
import type { Environment } from "../settings/environment";
import { loadEnvironment } from "../settings/load-environment";
import { STORE_NAMES, type StoreName } from "../settings/services";
import { UserError } from "../settings/user-error";
import { probeCredentials } from "../settings/own-roles";

/** No acknowledgement for so long is worth a line, in milliseconds. */
const SILENT_MS = 1000;

function secondsSilent({ nowMs, stores }: StandingDescription, store: StoreName): number {
  return (nowMs - (stores[store].last?.atMs ?? 0)) / 1000;
}

function isSilent(probe: StandingDescription, store: StoreName): boolean {
  return probe.stores[store].last === null || secondsSilent(probe, store) * 1000 > SILENT_MS;
}

function storeWords(before: StandingDescription | undefined, now: StandingDescription, store: StoreName): string {
  const { acknowledged, last, problem } = now.stores[store];
  const why = problem === "" ? "" : ` (${problem})`;
  if (last === null) return `${store} nothing acknowledged yet${why}`;
  if (isSilent(now, store)) {
    return `${store} NOTHING ACKNOWLEDGED for ${secondsSilent(now, store).toFixed(1)} s${why}`;
  }
  const seconds = (now.nowMs - (before?.nowMs ?? 0)) / 1000;
  const rate = Math.round((acknowledged - (before?.stores[store].acknowledged ?? 0)) / seconds);
  return `${store} ${rate}/s on ${last.endpoint}, ${acknowledged} in all`;
}

/** One line on what was acknowledged between two looks, a second apart. */
export function probeLine(before: StandingDescription | undefined, now: StandingDescription): string {
  const words = STORE_NAMES.map((store) => storeWords(before, now, store));
  const adopted = now.adoptedBy === null ? [] : [`adopted by ${now.adoptedBy}`];
  return [`${(now.nowMs / 1000).toFixed(0)} s`, ...words, ...adopted].join("  ");
}

/** Whether a second look shows something that one who reads no line a second must still be told. */
export function isNews(before: StandingDescription | undefined, now: StandingDescription): boolean {
  if (before === undefined || before.adoptedBy !== now.adoptedBy) return true;
  return STORE_NAMES.some(
    (store) =>
      isSilent(before, store) !== isSilent(now, store) ||
      before.stores[store].last?.endpoint !== now.stores[store].last?.endpoint,
  );
}

const MOST_MINUTES = 60;
const LONGEST_INTERVAL_MS = 1000;

interface ProbeFlags {
  readonly envConfig: string;
  readonly socket?: string;
  readonly maxMinutes: number;
  readonly intervalMs: number;
  readonly detach: boolean;
  readonly stop: boolean;
  readonly output: TextOrJson;
}

const EXAMPLE = `
Examples:
  understudy probe --detach     # writes beside you, and prints where it listens
  understudy probe --stop       # ends it
`;

function wholeNumber(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < 1 || value > most) {
      throw new InvalidArgumentError(`a whole number from 1 to ${most} is wanted.`);
    }
    return value;
  };
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** `understudy probe`: writes numbered events to both stores before anything fails, for an unplanned drill to adopt. */
export function probeCommand(): Command {
  return new Command("probe")
    .description("write numbered events to both stores in the background, so that a failover can count what was lost")
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .option("--socket <file>", "where a drill finds it (default: a file in the temporary folder, by environment)")
    .addOption(
      new Option("--max-minutes <n>", "it ends by itself after so long")
        .argParser(wholeNumber(MOST_MINUTES))
        .default(MOST_MINUTES),
    )
    .addOption(
      new Option("--interval-ms <n>", "time between two events of one store")
        .argParser(wholeNumber(LONGEST_INTERVAL_MS))
        .default(5),
    )
    .option("--detach", "return as soon as it is ready; it goes on by itself", false)
    .addOption(
      new Option("--stop", "end the one that listens there, without evidence")
        .default(false)
        .conflicts(["detach", "maxMinutes", "intervalMs"]),
    )
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async (flags: ProbeFlags) => {
      const environment = loadEnvironment(flags.envConfig);
      const socket = path.resolve(flags.socket ?? defaultProbeSocket(environment.name));
      if (flags.stop) return stop(socket, flags.output);
      const started = await start(environment, socket, flags);
      const place = { socket, pid: started.pid };
      process.stdout.write(
        flags.output === "json" ? structured("json", place) : `socket ${socket}\npid ${started.pid}\n`,
      );
      await (flags.detach ? leave(started, socket) : attend(started, socket));
    });
}

async function stop(socket: string, output: TextOrJson): Promise<void> {
  const last = await stopStandingProbe(socket);
  const { run, pid } = last;
  if (output === "json") process.stdout.write(structured(output, last));
  progress(`${run} (pid ${pid}) has ended, without evidence; its events stay in both stores`);
}

async function start(environment: Environment, socket: string, flags: ProbeFlags): Promise<StartedProbe> {
  const { credentials } = await openStacks(environment);
  return startStandingProbe(
    {
      drillId: `standing-${new Date().toISOString().replaceAll(/[:.]/g, "-").toLowerCase()}`,
      endpoints: await seenEndpoints(environment, credentials),
      credentials: probeCredentials(credentials, await seenSession(environment, credentials)),
      originNs: String(process.hrtime.bigint()),
      intervalMs: flags.intervalMs,
      maxDurationMs: flags.maxMinutes * 60_000,
    },
    { environment: environment.name, socket, attached: !flags.detach },
  );
}

async function leave(started: StartedProbe, socket: string): Promise<void> {
  const reason = await started.readiness;
  started.letGo();
  if (reason === undefined) return;
  throw new UserError(
    `the probe is not ready: ${reason}; it goes on trying`,
    `understudy probe --stop --socket ${socket}`,
  );
}

/** Stays with an attached probe until it ends; told to end, it ends it. */
async function attend(started: StartedProbe, socket: string): Promise<void> {
  const looking = new AbortController();
  let before: StandingDescription | undefined;
  endOnSignal(started, () => before?.adoptedBy ?? null);
  void watchStandingProbe(
    socket,
    (now) => {
      if (process.stderr.isTTY || isNews(before, now)) progress(probeLine(before, now));
      before = now;
    },
    looking.signal,
  );
  const { code, notes } = await started.ended;
  looking.abort();
  if (code !== 0) {
    throw new UserError(`the probe's process has ended${notes === "" ? "" : ` (${notes})`}`, "understudy probe");
  }
  progress("the probe has ended");
}

/** The first signal does not take a probe from the drill that counts on it; the second does. */
function endOnSignal(started: StartedProbe, adoptedBy: () => string | null): void {
  let warned = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      const adopter = adoptedBy();
      if (adopter !== null && !warned) {
        warned = true;
        progress(`${signal}: ${adopter} counts on this probe; once more ends it`);
        return;
      }
      void started.end();
    });
  }
}
