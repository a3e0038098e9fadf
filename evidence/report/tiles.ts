import { STORE_LABELS, STORE_NAMES, type StoreName } from "../../settings/services";
import type { EvidenceDocument } from "../document";
import { dataSyncLagEvents, probeSawItAll, UNKNOWN } from "../env-values";
import { duration, lossOf, orUnknown, outageOf, recoveryOf } from "./figures";
import { observedRole } from "../observed-role";
import { untouched } from "./headline";
import type { Tile, Tone } from "./report-model";

/** The four figures of the first screen. */
export function tilesOf(document: EvidenceDocument): readonly Tile[] {
  return document.drill.mode === "dry-run" ? dryRunTiles(document) : drillTiles(document);
}

function drillTiles(document: EvidenceDocument): Tile[] {
  const { objectives } = document;
  const limitMs = objectives.maxFailoverSeconds * 1000;
  const lost = lossOf(document);
  return [
    {
      label: "Acknowledged probe events lost",
      value: orUnknown(lost),
      note: lossNote(document),
      tone: within(lost, objectives.maxDataLagEvents),
    },
    ...STORE_NAMES.map((store) => outageTile(document, store, limitMs)),
    primaryTile(document),
  ];
}

function lossNote(document: EvidenceDocument): string {
  if (document.probe === null || probeSawItAll(document))
    return `objective: at most ${document.objectives.maxDataLagEvents}`;
  return "the probe began after the failure, so nobody has counted";
}

function outageTile(document: EvidenceDocument, store: StoreName, limitMs: number): Tile {
  const label = STORE_LABELS[store];
  const outage = outageOf(document, store);
  const recovery = recoveryOf(document, store);
  if (outage === null && recovery !== null) {
    const note = "from the first step to the first acknowledged write";
    return { label: `${label} back after`, value: duration(recovery), note, tone: within(recovery, limitMs) };
  }
  return {
    label: `${label} outage`,
    value: duration(outage),
    note: document.probe === null ? "the probe did not run" : "longest gap between two acknowledged writes",
    tone: within(outage, limitMs),
  };
}

/** Who is primary when the drill is over; a drill that touched nothing leaves what was read before it. */
function primaryTile(document: EvidenceDocument): Tile {
  const { topology, drill, success } = document;
  const last = topology.after ?? (untouched(document) ? topology.before : null);
  const names = [drill.fromHost, drill.toHost].filter(
    (host) => last !== null && observedRole(last, host) === "primary",
  );
  const primary = names.length === 1 ? names[0] : undefined;
  return {
    label: "Primary afterwards",
    value: primary ?? UNKNOWN,
    note: `first step to last: ${duration(drill.durationMs)}`,
    tone: primary === undefined ? "unknown" : !success ? "plain" : primary === drill.toHost ? "good" : "bad",
  };
}

function dryRunTiles(document: EvidenceDocument): Tile[] {
  const { lagBefore, steps } = document;
  const checks = steps.flatMap((step) => step.checks);
  const held = checks.filter((check) => check.ok).length;
  const behind = dataSyncLagEvents(document);
  const replay = lagBefore?.timescaledb.replayBytes ?? null;
  return [
    {
      label: "Checks that were met",
      value: `${held} of ${checks.length}`,
      note: "the checks of the real drill",
      tone: held === checks.length && held > 0 ? "good" : "bad",
    },
    {
      label: "Standby behind by",
      value: `${orUnknown(behind)} events`,
      note: "both stores, at the time of reading",
      tone: behind === null ? "unknown" : "plain",
    },
    {
      label: "PostgreSQL replay lag",
      value: `${orUnknown(replay)} B`,
      note: `${orUnknown(lagBefore?.timescaledb.replaySeconds)} s`,
      tone: replay === null ? "unknown" : "plain",
    },
    { label: "Changed on the hosts", value: "nothing", note: "a dry run only reads", tone: "good" },
  ];
}

/** Whether a figure keeps its limit; what is not known neither keeps nor breaks it. */
export function within(value: number | null, limit: number): Tone {
  if (value === null) return "unknown";
  return value <= limit ? "good" : "bad";
}
