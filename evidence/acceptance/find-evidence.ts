import { outageMs } from "../env-values";
import { failureOf } from "../report/headline";
import { stepRow } from "../../settings/steps";
import { counted, duration, lossOf, orUnknown } from "../report/figures";
import type { JudgedEvidence } from "../report/judged-evidence";
import type { HealthReport } from "./health-report";
import type { RequirementsOffer } from "./requirements-verdict";
import { exhibit, type Exhibit } from "./scenario";

type Drill = JudgedEvidence;
type Test = (drill: Drill) => boolean;

/** The verifier accepts it, whatever it is; a drill of the two stores only shows no scenario, since each is of all services. */
export const accepted: Test = ({ verdict, document }) =>
  verdict.verdict === "accepted" && document.drill.storesOnly !== true;
/** It was no dry run. */
export const executed: Test = ({ document }) => document.drill.mode === "execute";
const swapped: Test = (drill) => executed(drill) && accepted(drill);
/** An executed planned swap that the verifier accepts. */
export const planned: Test = (drill) => swapped(drill) && drill.document.drill.kind === "planned";
/** An executed unplanned failover that the verifier accepts. */
export const unplanned: Test = (drill) => swapped(drill) && drill.document.drill.kind === "unplanned";

/** The last drill of which this holds: the newest evidence counts. */
export function newest(
  drills: readonly Drill[],
  holds: (drill: Drill) => boolean,
  words: (drill: Drill) => string,
): Exhibit[] {
  const drill = drills.findLast(holds);
  return drill === undefined ? [] : [exhibit(drill, words(drill))];
}

/** The newest pair of drills in which the second moved the role back after the first had moved it. */
export function thereAndBack(drills: readonly Drill[], there: (drill: Drill) => boolean): Exhibit[] {
  for (const back of drills.filter(planned).toReversed()) {
    const { fromHost, toHost, startedAt } = back.document.drill;
    const first = drills.findLast(
      (one) =>
        there(one) &&
        one.document.drill.finishedAt <= startedAt &&
        one.document.drill.fromHost === toHost &&
        one.document.drill.toHost === fromHost,
    );
    if (first !== undefined) return [exhibit(first, direction(first)), exhibit(back, direction(back))];
  }
  return [];
}

/** From where to where, and what it cost. */
export function direction({ document }: Drill): string {
  const { fromHost, toHost } = document.drill;
  return `${fromHost} to ${toHost}, ${orUnknown(lossOf(document))} lost, outage ${duration(outageMs(document))}`;
}

/** The failed step and its reason. */
export function failureWords({ document }: Drill): string {
  const failure = failureOf(document);
  return `failed at ${document.failedStep ?? "unknown"}: ${failure?.reason ?? "no reason is recorded"}`;
}

/** The words in which the verifier refused evidence for its missing events; undefined when it did not. */
export function lagViolation({ verdict }: Drill): string | undefined {
  if (verdict.verdict !== "refused") return undefined;
  const found = verdict.violations.find(({ rule, value }) => rule === "max-data-lag-events" && /^\d+$/.test(value));
  return found && `refused: ${found.key}=${found.value}, limit: ${found.limit}`;
}

/** What the verifier may say against a drill that failed as it should: nothing but that it failed, and what that cost. */
const RULES_OF_FAILURE = new Set([
  "drill-succeeded",
  "max-failover-seconds",
  "max-outage-seconds",
  "max-data-lag-events",
]);

/** The drill failed, and the verifier has nothing else against its evidence. */
export function wellFormedFailure({ document, verdict }: Drill): boolean {
  return (
    !document.success &&
    verdict.verdict === "refused" &&
    verdict.violations.every(({ rule }) => RULES_OF_FAILURE.has(rule))
  );
}

/** What a drill that failed in the cut says it has undone; null when it did not fail there, or undid nothing. */
export function undone({ document }: Drill): string | null {
  const { failedStep } = document;
  return failedStep !== null && stepRow(failedStep).cutover ? (failureOf(document)?.undone ?? null) : null;
}

/** The newest health report that fits, in which nothing ails, read after `since` (ISO 8601). */
export function healthExhibits(
  health: readonly HealthReport[],
  fits: (report: HealthReport) => boolean,
  since: string,
): Exhibit[] {
  const report = health.findLast(
    (one) => fits(one) && one.ailing.length === 0 && Date.parse(one.readAt) >= Date.parse(since),
  );
  if (report === undefined) return [];
  const { source, sha256, hosts, healthy, readAt } = report;
  return [
    {
      source,
      sha256,
      verdict: "all healthy",
      shows: `${counted(healthy, "service")} healthy on ${hosts.join(" and ")} at ${readAt}`,
    },
  ];
}

/**
 * The newest executed drill that the verifier accepts, and the health report that was read after it ended, of two hosts
 * and of every service that the drill declares.
 */
export function healthAfterDrill(drills: readonly Drill[], health: readonly HealthReport[]): Exhibit[] {
  const drill = drills.findLast(swapped);
  if (drill === undefined) return [];
  const { furtherServices = [], finishedAt } = drill.document.drill;
  const fits = ({ hosts, services }: HealthReport): boolean =>
    hosts.length === 2 && furtherServices.every(({ service }) => services.includes(service));
  const reports = healthExhibits(health, fits, finishedAt);
  return reports.length === 0 ? [] : [...reports, exhibit(drill, `the drill before it: ${direction(drill)}`)];
}

/** The newest verdict on the requirements, when nothing is held against them. */
export function requirementsExhibits(offers: readonly RequirementsOffer[]): Exhibit[] {
  const offer = offers.at(-1);
  if (offer?.accepted !== true) return [];
  const { source, sha256, requirements, open } = offer;
  return [
    {
      source,
      sha256,
      verdict: "accepted",
      shows: `${counted(requirements, "requirement")} mapped, ${open} of them open`,
    },
  ];
}
