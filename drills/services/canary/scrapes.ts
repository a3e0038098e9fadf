import { countService } from "../../../evidence/service-counts";
import type { ServiceCount } from "../../../evidence/continuity";
import { hostPort } from "../../../settings/address";
import { targetName } from "../../../settings/scrape-targets";
import { sendJson } from "../../hosts/http";
import type { CanaryHost } from "./options";

/** Successful scrapes of one target, in seconds, ascending. */
export interface TargetScrapes {
  readonly target: string;
  readonly at: readonly number[];
}

/** How far back before the canary began the last scrape of a target is looked for, in scrape intervals. */
const LOOK_BACK = 3;
const DEFAULT_INTERVAL_SECONDS = 15;
/** A scrape from further in the future is of a clock that is wrong. */
const CLOCK_LIMIT_SECONDS = 60;

/**
 * The scrapes of the new primary's Prometheus since the canary began: of every target those that were due and those
 * that succeeded. The target that missed most is the one that is told.
 * @param declared names of the targets that the drill's environment declares; no other one is due
 */
export async function countScrapes(
  { address, ports }: CanaryHost,
  { sinceSeconds, declared, timeoutMs }: { sinceSeconds: number; declared: readonly string[]; timeoutMs: number },
): Promise<ServiceCount[]> {
  const base = `http://${hostPort(address, ports.prometheus)}/api/v1`;
  try {
    const interval = intervalOf(await sendJson({ url: `${base}/status/config`, timeoutMs }));
    const now = Date.now() / 1000;
    const window = Math.ceil(now - sinceSeconds + LOOK_BACK * interval);
    const query = new URLSearchParams({ query: `up{job="understudy"}[${window}s]` });
    const targets = targetsOf(await sendJson({ url: `${base}/query?${query.toString()}`, timeoutMs }));
    return [worstTarget(declaredOnly(targets, declared), { sinceSeconds, now, interval })];
  } catch {
    return [countService("scrapes", "of any target", [], undefined)];
  }
}

function intervalOf(answer: unknown): number {
  const { data } = answer as { data?: { yaml?: string } };
  const text = /^\s+scrape_interval: (\d+)s$/m.exec(data?.yaml ?? "")?.[1];
  return text === undefined ? DEFAULT_INTERVAL_SECONDS : Number(text);
}

/** The successful scrapes in an answer to a range query for `up`. @throws Error when it is no such answer */
export function targetsOf(answer: unknown): TargetScrapes[] {
  const { data } = answer as {
    data?: { result?: { metric: Record<string, string>; values: [number, string][] }[] };
  };
  if (data?.result === undefined) throw new Error("not an answer of a range query");
  return data.result.map(({ metric, values }) => ({
    target: targetName(metric),
    at: values.flatMap(([at, value]) => (value === "1" ? [at] : [])),
  }));
}

/**
 * The targets that are declared. One that an earlier environment file declared has scrapes from before the drill, and
 * misses none after it; one that vanishes in the drill is still declared, and misses what it misses.
 */
export function declaredOnly(targets: readonly TargetScrapes[], declared: readonly string[]): TargetScrapes[] {
  return targets.filter(({ target }) => declared.includes(target));
}

/**
 * Counts each target's scrapes from the last one before `sinceSeconds` on, and tells of the target that missed most. A
 * target that was down before is not counted: it misses nothing because of the drill. By another clock, with scrapes of
 * the future, nobody can say which are due.
 */
export function worstTarget(
  targets: readonly TargetScrapes[],
  { sinceSeconds, now, interval }: { sinceSeconds: number; now: number; interval: number },
): ServiceCount {
  if (targets.some(({ at }) => at.some((one) => one > now + CLOCK_LIMIT_SECONDS)))
    return countService("scrapes", "of any target", [], undefined);
  const counts = targets.flatMap(({ target, at }) => {
    const anchor = at.findLastIndex((one) => one <= sinceSeconds);
    if (anchor < 0) return [];
    const moments = at.slice(anchor);
    const found = [1];
    let number = 1;
    for (const [index, moment] of moments.entries()) {
      if (index === 0) continue;
      number += Math.max(1, Math.round((moment - (moments[index - 1] ?? moment)) / interval));
      found.push(number);
    }
    // The next one is due an interval later; it may take another half of one before it is missed.
    const due = number + Math.max(0, Math.floor((now - (moments.at(-1) ?? now)) / interval - 0.5));
    return [countService("scrapes", target, numbersTo(due), found)];
  });
  const missing = (one: ServiceCount): number => one.counts.missing ?? 0;
  const worst = counts.reduce<ServiceCount | undefined>(
    (known, one) => (known === undefined || missing(one) > missing(known) ? one : known),
    undefined,
  );
  return worst ?? countService("scrapes", "of any target", [], undefined);
}

function numbersTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
