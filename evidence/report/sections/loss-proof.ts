import { STORE_LABELS, STORE_NAMES } from "../../../settings/services";
import type { EvidenceDocument, PostgresProof, ProbeStoreEvidence, RedisProof } from "../../document";
import { duration, orUnknown, storeLossOf } from "../figures";
import { probeSawItAll } from "../../env-values";
import type { Block, Cell, SectionMaker } from "../report-model";

/** What proves that nothing was lost, or says how much was: positions, timeline, offsets, and the probe's own count. */
export const lossProofSection: SectionMaker = ({ document }) => {
  if (document.drill.mode === "dry-run") return lagSection(document);
  return {
    id: "loss-proof",
    title: "Proof of loss or no loss",
    blocks: [countsTable(document), postgresTable(document.postgres), redisTable(document.redis)],
  };
};

const NOT_FOUND = "not found, of those acknowledged since the drill began";

type Figure = readonly [label: string, figure: (store: ProbeStoreEvidence) => string];

const ACKNOWLEDGED: Figure = ["acknowledged", ({ counts }) => orUnknown(counts.acknowledged)];
const COUNTS: readonly Figure[] = [
  ["duplicated: found more than once", ({ counts }) => orUnknown(counts.duplicated)],
  ["phantom: found, never attempted or refused", ({ counts }) => orUnknown(counts.phantom)],
  ["indeterminate: may or may not be written", ({ counts }) => orUnknown(counts.indeterminate)],
  ["refused attempts", ({ counts }) => orUnknown(counts.refused)],
  ["longest gap between two acknowledged", ({ longestGapMs }) => duration(longestGapMs)],
];

function countsTable(document: EvidenceDocument): Block {
  const { probe } = document;
  if (probe === null) {
    return {
      kind: "text",
      text: { text: "The probe did not run, so what clients saw is unknown: nothing was counted.", tone: "unknown" },
    };
  }
  const row = ([label, figure]: Figure): Cell[] => [label, ...STORE_NAMES.map((store) => known(figure(probe[store])))];
  return {
    kind: "table",
    caption: "Events as the probe wrote them and read them back",
    head: ["Events", ...STORE_NAMES.map((store) => STORE_LABELS[store])],
    rows: [
      row(ACKNOWLEDGED),
      ["lost: acknowledged, not found", ...STORE_NAMES.map((store) => known(orUnknown(storeLossOf(document, store))))],
      ...(probeSawItAll(document) ? [] : [row([NOT_FOUND, ({ counts }) => orUnknown(counts.lost)])]),
      ...COUNTS.map(row),
    ],
  };
}

const FINAL = "final WAL position";

function postgresTable(proof: PostgresProof): Block {
  const { seal } = proof;
  const rows: [string, Cell, Cell][] = [
    ["system identifier", position(seal?.systemIdentifier), "the cluster both hosts share"],
    [FINAL, position(seal?.endLsn), "end of the last WAL record of the old primary, cleanly stopped"],
    ["old timeline", position(seal?.timeline), `of the ${FINAL}`],
    ["received", position(proof.receivedLsn), against(proof.receivedLsn, seal?.endLsn, FINAL)],
    ["replayed", position(proof.replayedLsn), against(proof.replayedLsn, seal?.endLsn, FINAL)],
    [
      "new timeline",
      position(proof.newTimeline),
      seal ? `must be ${seal.timeline + 1}` : `no ${FINAL} to compare with`,
    ],
    ["switch point", position(proof.switchPointLsn), against(proof.switchPointLsn, seal?.endLsn, FINAL)],
    ["rewound", position(proof.rewound), "whether the old primary had to give up data"],
    ...stopRows(proof),
  ];
  return {
    kind: "table",
    caption: "PostgreSQL: positions in the write-ahead log",
    head: ["What", "Value", "Compared"],
    rows,
  };
}

/** The bound of the stop and the time of a crash recovery are two figures: clients may wait for both. */
function stopRows({ stop }: PostgresProof): [string, Cell, Cell][] {
  if (stop === undefined) return [];
  const { sessionsEnded, boundMs, tookMs, recoveryMs } = stop;
  const bound = `at most ${duration(boundMs)}, then the server is ended at once`;
  const ended: [string, Cell, Cell] = ["sessions ended", position(sessionsEnded), "while the server still ran"];
  if (tookMs === null) return [ended, ["stop", "not begun", bound]];
  if (recoveryMs === undefined) return [ended, ["stop", duration(tookMs), bound]];
  return [
    ended,
    ["stop", { text: `hung, and was ended at once after ${duration(tookMs)}`, tone: "bad" }, bound],
    ["crash recovery", known(duration(recoveryMs)), "after that, until it took writes again"],
  ];
}

function redisTable(proof: RedisProof): Block {
  const compared = proof.contentCompared;
  const rows: [string, Cell, Cell][] = [
    ["replication id", position(proof.replicationId), "of the old primary"],
    ["offset when writes were paused", position(proof.sealedOffset), "of the old primary"],
    [
      "offset of the standby",
      position(proof.replicaOffset),
      against(proof.replicaOffset, proof.sealedOffset, "offset of the old primary"),
    ],
    ["full resyncs", position(proof.fullSyncs), "must be 0: the old primary follows with its own data"],
    ["partial resyncs", position(proof.partialSyncs), "-"],
    ["events compared", position(compared?.journalEntries), "in full"],
    ["other keys compared", position(compared?.sampledKeys), "a random sample"],
    ["differing", position(compared?.differing), "must be 0"],
  ];
  return { kind: "table", caption: "Redis: offsets and contents", head: ["What", "Value", "Compared"], rows };
}

function lagSection({ lagBefore }: EvidenceDocument): ReturnType<SectionMaker> {
  const postgres = lagBefore?.timescaledb;
  const redis = lagBefore?.redis;
  const rows: [string, Cell, Cell][] = [
    ["events behind", position(postgres?.events), position(redis?.events)],
    ["bytes not received", position(postgres?.receiveBytes), position(redis?.bytes)],
    ["bytes not replayed", position(postgres?.replayBytes), "-"],
    ["seconds behind in replaying", position(postgres?.replaySeconds), "-"],
    ["link up", "-", position(redis?.linkUp)],
  ];
  return {
    id: "lag",
    title: "How far the standby was behind",
    blocks: [
      {
        kind: "table",
        caption: "Lag when it was read",
        head: ["What", STORE_LABELS.timescaledb, STORE_LABELS.redis],
        rows,
      },
      { kind: "text", text: "A dry run writes nothing, so it cannot prove that nothing would be lost." },
    ],
  };
}

function position(value: string | number | boolean | null | undefined): Cell {
  return value === null || value === undefined
    ? { text: "unknown", tone: "unknown" }
    : { text: String(value), code: true };
}

function known(text: string): Cell {
  return text === "unknown" ? { text, tone: "unknown" } : text;
}

function against(value: string | number | null, wanted: string | number | null | undefined, what: string): Cell {
  if (value === null) return { text: "unknown", tone: "unknown" };
  if (wanted === null || wanted === undefined) return `no ${what} to compare with`;
  return value === wanted
    ? { text: `equals the ${what}`, tone: "good" }
    : { text: `the ${what} is ${wanted}`, tone: "warn" };
}
