import { only, type AgentAnswer } from "../hosts/agent";
import { parseLsn, type Lsn } from "../../evidence/lsn";
import { recordEnd } from "../hosts/seal";
import { parseHistory, type Lineage } from "./timeline-history";
import { segmentOf } from "./wal-segment";

/** An order's outcome as the boot guard left it, until its evidence is written. */
export interface CarriedOut {
  readonly id: string;
  readonly how: "followed" | "rewound" | "cloned";
  /** Name of the salvage; null when nothing had diverged. */
  readonly salvage: string | null;
  readonly at: string;
}

/** What the data directory of the returning host says of itself, and what its boot guard is at. */
export interface OwnData {
  /** The guard's word: state, then the reason. */
  readonly status: string;
  /** The server runs now. */
  readonly running: boolean;
  /** `standby.signal` is there: whatever starts from this directory is a standby. */
  readonly standbySignal: boolean;
  /** There is a data directory. */
  readonly data: boolean;
  /** It is half replaced; the name of the salvage made before, or `-`. */
  readonly torn: string | null;
  /** An order is being carried out, as the line of its file. */
  readonly order: string | null;
  /** Why the last order was given up. */
  readonly failed: string | null;
  readonly carriedOut: CarriedOut | null;
  /** The drill that fenced this host, when one did. */
  readonly fencedBy: string | null;
  readonly systemIdentifier: string | null;
  /** Null when its timeline's history is missing or cannot be read. */
  readonly lineage: Lineage | null;
  /** The last checkpoint: who names it means the data as they are now. */
  readonly checkpoint: string | null;
  /** Where a reader of the newest timeline's WAL can begin. */
  readonly readFrom: Lsn | null;
  readonly segmentBytes: bigint;
  /** Names of the complete salvages. */
  readonly salvages: readonly string[];
}

const DEFAULT_SEGMENT_BYTES = 16_777_216n;

/** Reads the agent's answer to `rejoin-facts`. @throws Error when it lacks what every answer has */
export function parseOwnData(answer: AgentAnswer): OwnData {
  const value = (key: string): string | null => answer.get(key)?.[0] || null;
  const timeline = Number(value("timeline") ?? 0);
  const lineage = timeline === 0 ? null : readLineage(timeline, value("history"));
  return {
    status: value("status") ?? "",
    running: only(answer, "running") === "yes",
    standbySignal: only(answer, "signal") === "yes",
    data: only(answer, "data") === "yes",
    torn: value("torn"),
    order: value("order"),
    failed: value("failed"),
    carriedOut: parseCarriedOut(value("rejoined")),
    fencedBy: value("fenced")?.split(" ", 1)[0] ?? null,
    systemIdentifier: value("system"),
    lineage,
    checkpoint: value("checkpoint"),
    readFrom: readFrom(lineage, Number(value("checked") ?? 0), value("redo")),
    segmentBytes: BigInt(value("segment") ?? DEFAULT_SEGMENT_BYTES),
    salvages: answer.get("salvage") ?? [],
  };
}

function readLineage(timeline: number, history: string | null): Lineage | null {
  if (history === null) return timeline === 1 ? { past: [], timeline } : null;
  try {
    return { past: parseHistory(Buffer.from(history, "base64").toString("utf8")), timeline };
  } catch {
    return null;
  }
}

/** The last checkpoint may lie on the timeline before: then the newest one is read from its beginning. */
function readFrom(lineage: Lineage | null, checked: number, redo: string | null): Lsn | null {
  if (lineage === null || redo === null) return null;
  return checked === lineage.timeline ? parseLsn(redo) : (lineage.past.at(-1)?.end ?? null);
}

function parseCarriedOut(line: string | null): CarriedOut | null {
  const [id, how, salvage, at] = line?.split(" ") ?? [];
  if (id === undefined || at === undefined) return null;
  if (how !== "followed" && how !== "rewound" && how !== "cloned") return null;
  return { id, how, salvage: salvage === "-" ? null : (salvage ?? null), at };
}

/**
 * Where the WAL ends: the end of the last whole record, from its line of pg_waldump. Null when there is no such line, and
 * when the segment behind it is missing although later ones are there: what they hold is not known.
 */
export function parseWalEnd(answer: AgentAnswer, segmentBytes: bigint): Lsn | null {
  const record = answer.get("record")?.[0] ?? "";
  const length = /len \(rec\/tot\):\s*\d+\/\s*(\d+)/.exec(record)?.[1];
  const start = /\blsn: ([0-9A-F]+\/[0-9A-F]+)/.exec(record)?.[1];
  if (length === undefined || start === undefined) return null;
  const end = recordEnd(parseLsn(start), Number(length), segmentBytes);
  return answer.get("missing")?.[0] === segmentOf(end - 1n + segmentBytes, segmentBytes) ? null : end;
}
