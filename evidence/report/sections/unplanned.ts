import { STORE_LABELS, STORE_NAMES } from "../../../settings/services";
import type { EvidenceDocument, Unplanned } from "../../document";
import { duration, moment, orUnknown } from "../figures";
import type { Block, Cell, SectionMaker } from "../report-model";

/** Why the primary was taken for gone, what may be lost, and what the drill leaves open. */
export const unplannedSection: SectionMaker = ({ document }) => {
  const { unplanned } = document;
  if (unplanned === null) return null;
  return {
    id: "unplanned",
    title: "Why it was unplanned, and what it leaves open",
    blocks: [
      signalsTable(unplanned),
      ...acceptance(unplanned),
      lossBoundTable(unplanned),
      ...followingBlocks(unplanned),
      openEnds(document, unplanned),
    ],
  };
};

function signalsTable({ signals }: Unplanned): Block {
  if (signals.length === 0) {
    return { kind: "text", text: { text: "No signal that the primary is gone is recorded.", tone: "unknown" } };
  }
  return {
    kind: "table",
    caption: "Signals that the old primary is gone",
    head: ["Seen by", "What", "Gone", "In detail"],
    rows: signals.map(({ observer, store, gone, atMs, detail }): Cell[] => [
      `${observer}, at ${moment(atMs)}`,
      store === null ? "the host" : STORE_LABELS[store],
      { text: gone ? "yes" : "no", tone: gone ? "plain" : "warn" },
      detail,
    ]),
  };
}

function acceptance({ acceptedUnfenced }: Unplanned): Block[] {
  if (acceptedUnfenced === null) return [];
  const { operator, at, reason } = acceptedUnfenced;
  return [
    {
      kind: "facts",
      facts: [
        ["Accepted unfenced by", operator],
        ["At", at],
        ["Reason given", { text: reason, tone: "warn" }],
      ],
    },
  ];
}

function lossBoundTable({ lossBound, probeSawFailure }: Unplanned): Block {
  const { timescaledb, redis } = lossBound;
  const rows: Cell[][] = [
    ["PostgreSQL: WAL the primary had and the standby had not", unknownOr(timescaledb.bytes, " B")],
    ["PostgreSQL: the primary's position, as last heard", unknownOr(timescaledb.primaryLsn)],
    ["PostgreSQL: received by the standby", unknownOr(timescaledb.receivedLsn)],
    ["PostgreSQL: last heard of the primary", unknownOr(timescaledb.heardAt)],
    ["Redis: offset the standby had", unknownOr(redis.receivedOffset)],
    ["Redis: seconds without a word from the primary", unknownOr(redis.secondsSilent, " s")],
    [
      "The probe wrote before the primary failed",
      probeSawFailure
        ? "yes: its count of lost events is exact"
        : { text: "no: what was lost before is not in its count", tone: "warn" },
    ],
  ];
  return { kind: "table", caption: "What may be lost, as the standby knew it", head: ["What", "Value"], rows };
}

/** Since when each store of the standby may lack writes, and who went on all the same. */
function followingBlocks({ following }: Unplanned): Block[] {
  if (following === undefined) return [];
  const { accepted, stores } = following;
  const table: Block = {
    kind: "table",
    caption: "How far the standby followed",
    head: ["Store", "Has everything up to", "Primary last seen alive", "Writes of at most", "Verdict"],
    rows: stores.map((one): Cell[] => [
      STORE_LABELS[one.store],
      unknownOr(one.hasAllAt),
      unknownOr(one.aliveAt),
      unknownOr(one.upperBoundSeconds === null ? null : Math.ceil(one.upperBoundSeconds), " s may be lost"),
      { text: one.verdict, tone: one.verdict === "bounded" ? "plain" : "warn" },
    ]),
  };
  if (accepted === null) return [table];
  return [
    table,
    {
      kind: "facts",
      facts: [
        ["Loss accepted by", accepted.operator],
        ["At", accepted.at],
        ["Reason given", { text: accepted.reason, tone: "warn" }],
      ],
    },
  ];
}

function openEnds({ drill }: EvidenceDocument, { recoveryMs, unprotectedSince }: Unplanned): Block {
  const again = STORE_NAMES.map((store) => `${STORE_LABELS[store]} ${duration(recoveryMs[store])}`).join(", ");
  return {
    kind: "facts",
    facts: [
      ["First write again after", again],
      [
        "Unprotected since",
        unprotectedSince === null
          ? "nothing was promoted"
          : { text: `${unprotectedSince}, until a standby streams again`, tone: "warn" },
      ],
      ...(unprotectedSince === null
        ? []
        : ([["Next command", { text: `understudy rejoin ${drill.fromHost}`, code: true }]] as const)),
    ],
  };
}

function unknownOr(value: string | number | null, unit = ""): Cell {
  return value === null ? { text: orUnknown(value), tone: "unknown" } : `${value}${unit}`;
}
