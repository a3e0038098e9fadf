import type { Exhibit, Offered, Scenario } from "./scenario";
import { SCENARIOS } from "./scenarios";

/** One scenario and the evidence for it; without evidence it is not shown. */
export interface AcceptanceRow {
  readonly scenario: Scenario;
  readonly exhibits: readonly Exhibit[];
}

export interface Acceptance {
  readonly rows: readonly AcceptanceRow[];
  readonly shown: number;
  /** Every scenario is shown. */
  readonly complete: boolean;
  readonly offered: Offered;
}

/** Holds every scenario against what is offered. */
export function acceptanceOf(offered: Offered, scenarios: readonly Scenario[] = SCENARIOS): Acceptance {
  const drills = [...offered.drills].sort((left, right) =>
    left.document.drill.startedAt < right.document.drill.startedAt ? -1 : 1,
  );
  const rows = scenarios.map((scenario) => ({ scenario, exhibits: scenario.find({ ...offered, drills }) }));
  const shown = rows.filter((row) => row.exhibits.length > 0).length;
  return { rows, shown, complete: shown === rows.length, offered: { ...offered, drills } };
}
