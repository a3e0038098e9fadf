import type { OwnData } from "../../../../drills/rejoin/own-data";
import type { PeerData } from "../../../../drills/rejoin/decide-postgres";

const SEGMENT = 16_777_216n;

/** A former primary, killed on timeline 1. */
export function ownData(change: Partial<OwnData> = {}): OwnData {
  return {
    status: "held host-b is primary on timeline 2 and this data diverged from it",
    running: false,
    standbySignal: false,
    data: true,
    torn: null,
    order: null,
    failed: null,
    carriedOut: null,
    fencedBy: null,
    systemIdentifier: "7300",
    lineage: { past: [], timeline: 1 },
    checkpoint: "0/5000028",
    readFrom: 0x5000000n,
    segmentBytes: SEGMENT,
    salvages: [],
    ...change,
  };
}

/** A primary that left timeline 1 at 0/5000060 and has all its WAL since segment 3. */
export function peerData(change: Partial<PeerData> = {}): PeerData {
  return {
    systemIdentifier: "7300",
    lineage: { past: [{ timeline: 1, end: 0x5000060n }], timeline: 2 },
    position: 0x6000000n,
    oldestSegment: "0000000000000003",
    slot: "usable",
    ...change,
  };
}
