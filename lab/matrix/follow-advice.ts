import { setTimeout as sleep } from "node:timers/promises";
import type { StatusRow } from "../../operator/status/status-row";
import { messageOf } from "../../settings/user-error";
import type { Progress } from "../host/progress";
import { advisedCommands, commandsIn, isInformative, type Advice, type AdvisedCommand } from "./advice";

/** Advice that stands in so many readings is not of something that comes right by itself. */
const STANDS = 5;
/** After so many the operator looks closer, where the status only says where to look. */
const STANDS_LONG = 20;
const DOCTOR = "understudy doctor";
/** What has not helped twice does not help. */
const TRIES = 2;
/** A command leads to the next one so often: a dry run to its run, and that to what it could not do. */
const CHAIN = 4;

/** Where advice is followed: what an operator has at hand. */
export interface OperatorsDesk {
  /** Reads the status of the pair. */
  readonly status: () => Promise<{ readonly good: boolean; readonly rows: readonly StatusRow[] }>;
  /** Runs a command as it was advised; its exit code is null when it did not end in time. */
  readonly run: (command: string) => Promise<{ readonly code: number | null; readonly output: string }>;
  /** Between two readings of the status, milliseconds. */
  readonly lookMs: number;
  /** So long the pair may take to become whole with what is advised, and by itself, milliseconds. */
  readonly wholeMs: number;
}

/**
 * Does what an operator does who knows only what is printed: runs what the drill's output advises, then what the status advises,
 * until the pair is whole or nothing new is advised. Never throws.
 */
export async function followAdvice(desk: OperatorsDesk, said: string, progress: Progress): Promise<Advice> {
  const ran: AdvisedCommand[] = [];
  const chain = async (commands: readonly string[], by: AdvisedCommand["by"], depth: number): Promise<void> => {
    for (const command of commands) {
      if (depth >= CHAIN) return;
      // Another command may have led to it already; what the status goes on naming is tried again.
      if (by !== "status" && ran.some((one) => one.command === command)) continue;
      const { code, output } = await desk
        .run(command)
        .catch((error: unknown) => ({ code: null, output: messageOf(error) }));
      progress(`advised by the ${by}: ${command}: exit ${code ?? "none"}`);
      ran.push({ by, command, exitCode: code });
      // The status is what is read next anyway; what a container's log says is no advice.
      const leadsOn = !isInformative(command) || command === DOCTOR;
      await chain(leadsOn ? advisedCommands(output) : [], "command", depth + 1);
    }
  };
  await chain(advisedCommands(said), "drill", 0);
  const left = await followStatus(desk, (command) => chain([command], "status", 0), ran);
  return { ran, worked: left === null, left };
}

/** Reads the status until all is well. @returns what is amiss when it does not become well; null when it does */
async function followStatus(
  { status: read, lookMs, wholeMs }: OperatorsDesk,
  follow: (command: string) => Promise<void>,
  ran: readonly AdvisedCommand[],
): Promise<string | null> {
  const end = performance.now() + wholeMs;
  const tries = (command: string): number => ran.filter((one) => one.command === command).length;
  let [stood, before, words] = [0, "", "the status was not read"];
  while (performance.now() < end) {
    const status = await read().catch((error: unknown) => messageOf(error));
    if (typeof status !== "string" && status.good) return null;
    words = typeof status === "string" ? status : amiss(status.rows);
    const command = typeof status === "string" ? undefined : chosenOf(status.rows, tries);
    stood = command !== undefined && command === before ? stood + 1 : 0;
    before = command ?? "";
    if (command !== undefined && stood >= (isInformative(command) ? STANDS_LONG : STANDS)) {
      if (tries(command) >= TRIES) return words;
      await follow(command);
      stood = 0;
    }
    await sleep(lookMs);
  }
  return words;
}

/** What an operator runs of what a status names: what does something before what only tells more, and what was tried least. */
function chosenOf(rows: readonly StatusRow[], tries: (command: string) => number): string | undefined {
  const named = [...new Set(rows.flatMap(({ next }) => commandsIn(next ?? "")))];
  const acting = named.filter((command) => !isInformative(command));
  const these = acting.length > 0 ? acting : named.filter((command) => command === DOCTOR);
  return these.toSorted((one, other) => tries(one) - tries(other))[0];
}

function amiss(rows: readonly StatusRow[]): string {
  return rows
    .flatMap(({ host, service, reason }) => (reason === null ? [] : [`${host} ${service}: ${reason}`]))
    .slice(0, 3)
    .join("; ");
}
