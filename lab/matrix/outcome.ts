import type { Cell, EvidenceVerdict, Outcome } from "./cell";
import type { Advice } from "./advice";
import { clientDeviations, type ClientsSeen } from "./door-figures";
import { lostInSilence, type UserRows } from "./user-rows";
import { STORE_NAMES, type StoreName } from "../../settings/services";

/** What was seen of the roles, from the end of the drill until the faults were healed. Hosts by name. */
export interface RolesSeen {
  /** The host that was primary before the drill, and the one that was to take over. */
  readonly from: string;
  readonly to: string;
  /** Hosts that took writes of both stores when the drill had ended and the fault was still there. */
  readonly writersBeforeHeal: readonly string[];
  /** Whether a boot guard said `held` then, or at the end. */
  readonly heldBeforeHeal: boolean;
  readonly heldAfter: boolean;
  /** The one host that is primary of both stores after the heal; null when there is none, or more than one. */
  readonly primaryAfter: string | null;
  /** Whether the drill had stopped or fenced a store of the old primary. */
  readonly touched: boolean;
}

/** What became of the roles; undefined when it is none of the outcomes there are: that is a defect, whatever was expected. */
export function outcomeOf(seen: RolesSeen): Outcome | undefined {
  const { from, to, writersBeforeHeal, heldBeforeHeal, heldAfter, primaryAfter, touched } = seen;
  if (heldBeforeHeal && writersBeforeHeal.length === 0) return "held";
  if (primaryAfter === null) return heldAfter ? "held" : undefined;
  if (primaryAfter === to) return "completed";
  if (primaryAfter !== from) return undefined;
  return touched ? "rolled back" : "refused";
}

/** What one cell came to, as far as it is compared with what was written down. */
export interface Measured {
  /** False when the drill ended before the moment at which the fault was to strike. */
  readonly struck: boolean;
  readonly outcome: Outcome | null;
  readonly evidence: EvidenceVerdict;
  /** Acknowledged events that were missing at the end; null when nobody could count them. */
  readonly lost: Readonly<Record<StoreName, number | null>>;
  /** Time in which both hosts took writes, milliseconds; null when the watch was not whole. */
  readonly twoWriterMs: Readonly<Record<StoreName, number | null>>;
  /** The user's rows that were acknowledged; absent where a run of before has not counted them: then nothing is known of them. */
  readonly userRows?: Readonly<Record<StoreName, UserRows>>;
  /** What the product advised after the fault, and what came of it; absent in a run of before. */
  readonly advice?: Advice;
  /** What clients saw through the doors; absent in a cell without doors, and where nobody counted them. */
  readonly clients?: readonly ClientsSeen[];
  /** Containers that the drill replaced, by host and name; absent in a run of before. */
  readonly replaced?: readonly string[];
  /** What kept the cell from being run to its end; null when nothing did. */
  readonly trouble: string | null;
}

/** Everything in which a cell differs from what was written down; empty when it came as expected. What is unknown differs. */
export function deviations(
  { expected, moment, kind, environment }: Pick<Cell, "expected" | "moment" | "kind" | "environment">,
  measured: Measured,
): readonly string[] {
  const { struck, outcome, evidence, lost, twoWriterMs, trouble, userRows, advice, replaced = [], clients } = measured;
  return [
    ...(trouble === null ? [] : [trouble]),
    ...(struck ? [] : [`the drill ended before the fault could strike (${moment})`]),
    ...(outcome !== null && expected.outcome.includes(outcome)
      ? []
      : [`outcome ${outcome ?? "unknown"}, expected ${expected.outcome.join(" or ")}`]),
    ...(expected.evidence.includes(evidence)
      ? []
      : [`evidence ${evidence}, expected ${expected.evidence.join(" or ")}`]),
    ...STORE_NAMES.flatMap((store) => {
      const count = lost[store];
      return count !== null && count <= expected.lostAtMost
        ? []
        : [`${store}: ${count ?? "unknown"} acknowledged events lost, at most ${expected.lostAtMost} allowed`];
    }),
    ...STORE_NAMES.flatMap((store) => (userRows === undefined ? [] : userRowDeviations(store, userRows[store], kind))),
    ...(environment === undefined || clients !== undefined ? [] : ["nobody counted the clients at the doors"]),
    ...(clients ?? []).flatMap((one) => clientDeviations(one, kind === "planned")),
    ...(advice === undefined || advice.worked ? [] : [`what was advised did not help: ${advice.left ?? "unknown"}`]),
    ...(replaced.length === 0 ? [] : [`the drill replaced ${replaced.join(", ")}`]),
    ...STORE_NAMES.flatMap((store) =>
      twoWriterMs[store] === 0 ? [] : [`${store}: two writers for ${twoWriterMs[store] ?? "unknown"} ms`],
    ),
  ];
}

/** A planned drill loses nothing of a user's; another one nothing of which nobody is told. */
function userRowDeviations(store: StoreName, rows: UserRows, kind: Cell["kind"]): readonly string[] {
  const { missing, acknowledged } = rows;
  if (missing === null) return [`${store}: nobody counted the user's ${acknowledged} rows`];
  if (kind === "planned" && missing > 0) return [`${store}: ${missing} of the user's ${acknowledged} rows are missing`];
  const silent = lostInSilence(rows);
  return silent === 0
    ? []
    : [`${store}: ${silent} of the user's ${acknowledged} rows are missing, and nothing says so`];
}
