import { STORE_LABELS, STORE_NAMES } from "../../settings/services";
import { DEMOTION } from "../../settings/steps";
import { counted, duration, lossOf, orUnknown, recoveryOf } from "../report/figures";
import { untouched } from "../report/headline";
import {
  accepted,
  direction,
  executed,
  failureWords,
  healthAfterDrill,
  healthExhibits,
  lagViolation,
  newest,
  planned,
  requirementsExhibits,
  thereAndBack,
  undone,
  unplanned,
  wellFormedFailure,
} from "./find-evidence";
import type { Scenario } from "./scenario";

/** What a release must have shown, each in evidence that the verifier has judged. */
export const SCENARIOS: readonly Scenario[] = [
  {
    id: "planned-swap-zero-loss",
    sentence: "A switchover on two hosts loses no acknowledged probe event",
    obtain: "understudy failover --execute",
    find: ({ drills }) => newest(drills, (drill) => planned(drill) && lossOf(drill.document) === 0, direction),
  },
  {
    id: "swap-back",
    sentence: "The role goes back the same way: two switchovers, there and back",
    obtain: "understudy failover --execute, twice",
    find: ({ drills }) => thereAndBack(drills, planned),
  },
  {
    id: "dry-run-changes-nothing",
    sentence: "A dry run makes the checks of the real drill and changes nothing",
    obtain: "understudy failover",
    find: ({ drills }) =>
      newest(
        drills,
        (drill) => !executed(drill) && accepted(drill),
        ({ document }) =>
          `${counted(document.steps.flatMap((step) => step.checks).length, "check")} met; no fence, no probe, no promotion`,
      ),
  },
  {
    id: "primary-unavailable",
    sentence:
      "The primary's host is unavailable: the standby is promoted, with the failed step and how long recovery took",
    obtain: "an unplanned drill, executed while the primary is down",
    find: ({ drills }) =>
      newest(
        drills,
        (drill) => unplanned(drill) && drill.document.failedStep === DEMOTION,
        (drill) =>
          `${failureWords(drill)}; writes again after ${STORE_NAMES.map((store) => `${duration(recoveryOf(drill.document, store))} (${STORE_LABELS[store]})`).join(" and ")}, ${orUnknown(lossOf(drill.document))} lost`,
      ),
  },
  {
    id: "return-after-loss",
    sentence: "After a failover the role goes back by an ordinary switchover",
    obtain: "an unplanned drill, the old host's return, then understudy failover --execute",
    find: ({ drills }) => thereAndBack(drills, unplanned),
  },
  {
    id: "lag-over-threshold",
    sentence: "Evidence with more events missing than the limit is refused, and the figure is named",
    obtain: "a drill or a dry run while replication is paused and events flow",
    find: ({ drills }) =>
      newest(
        drills,
        (drill) => lagViolation(drill) !== undefined,
        (drill) => lagViolation(drill) ?? "",
      ),
  },
  {
    id: "stopped-untouched",
    sentence: "A drill that must not begin stops before anything is touched, with the reason",
    obtain: "understudy failover --execute while a check does not hold",
    find: ({ drills }) =>
      newest(drills, (drill) => executed(drill) && wellFormedFailure(drill) && untouched(drill.document), failureWords),
  },
  {
    id: "failed-cut-undone",
    sentence:
      "A drill that fails in the cutover window, before promotion, puts the old primary back to work and says so",
    obtain: "a drill whose standby stops answering during the cutover window",
    find: ({ drills }) =>
      newest(
        drills,
        (drill) => wellFormedFailure(drill) && undone(drill) !== null,
        (drill) => `${failureWords(drill)}; undone: ${undone(drill) ?? ""}`,
      ),
  },
  {
    id: "health-on-both-hosts",
    sentence: "Every service on both hosts is healthy after an executed drill",
    obtain: "the health report that understudy failover --execute ends with, or understudy health after it",
    find: ({ drills, health }) => healthAfterDrill(drills, health),
  },
  {
    id: "single-host",
    sentence: "One host alone runs every service",
    obtain: "understudy health with the single-host environment",
    find: ({ health }) => healthExhibits(health, ({ hosts }) => hosts.length === 1, "1970-01-01T00:00:00Z"),
  },
  {
    id: "requirements-mapped",
    sentence:
      "Every requirement has its code, its tests, which passed, and its evidence; no page excuses what is not done",
    obtain: "make test: its gate writes the verdict",
    find: ({ requirements }) => requirementsExhibits(requirements),
  },
];
