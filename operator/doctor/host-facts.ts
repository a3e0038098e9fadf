import type { NamedHost } from "../../settings/pair";
import { bounded } from "../../drills/hosts/bounded";
import { runOnHost } from "../../drills/hosts/run-on-host";
import { connectEngine } from "../../drills/hosts/engine";

const ENGINE_MS = 15_000;

/** A host's clock against this machine's, in milliseconds: positive when the host is ahead, give or take the error. */
export interface ClockReading {
  readonly offsetMs: number;
  readonly errorMs: number;
}

/** Compares clocks by one question: the host's answer was given at some time between question and arrival. */
export function clockReading(hostMs: number, askedMs: number, answeredMs: number): ClockReading {
  return { offsetMs: Math.round(hostMs - (askedMs + answeredMs) / 2), errorMs: Math.ceil((answeredMs - askedMs) / 2) };
}

/** Compares a host's clock with this machine's, over SSH. @throws Error with the words of ssh, or when the host says no time */
export async function readClock(host: NamedHost): Promise<ClockReading> {
  // The first question opens the connection; the second one measures.
  await runOnHost(host, "true");
  const asked = Date.now();
  const answer = await runOnHost(host, "date +%s.%N");
  const hostMs = 1000 * Number(answer.trim().replace(/\.?N$/, "") || Number.NaN);
  if (Number.isNaN(hostMs)) throw new Error(`date said: ${answer.trim()}`);
  return clockReading(hostMs, asked, Date.now());
}

/** What a Docker engine says of itself. */
export interface EngineFacts {
  readonly version: string;
  readonly apiVersion: string;
  readonly dataRoot: string;
}

/** Asks a host's engine over SSH. @throws Error when it does not answer */
export async function engineFacts(host: NamedHost): Promise<EngineFacts> {
  const engine = connectEngine(host);
  try {
    const both = Promise.all([engine.docker.version(), engine.docker.info() as Promise<{ DockerRootDir: string }>]);
    const [{ Version: version, ApiVersion: apiVersion }, info] = await bounded(
      `${host.name}: Docker engine`,
      ENGINE_MS,
      both,
    );
    return { version, apiVersion, dataRoot: info.DockerRootDir };
  } finally {
    engine.close();
  }
}

/** Free space of a file system, from the output of `df -Pk`. @throws Error when it is none */
export function freeSpace(df: string): { readonly freeMib: number; readonly usedPercent: number } {
  const fields = (df.trim().split("\n").at(-1) ?? "").split(/\s+/);
  const [used, free] = [Number(fields[2]), Number(fields[3])];
  if (!Number.isFinite(used) || !Number.isFinite(free)) throw new Error(`df said: ${df.trim()}`);
  return { freeMib: Math.floor(free / 1024), usedPercent: Math.round((100 * used) / Math.max(1, used + free)) };
}
