import { STORE_NAMES, type StoreName } from "../../../settings/services";
import type { StepName, StepStatus } from "../../../settings/steps";
import type { StatementEnd } from "../../client-loads";
import type { EvidenceDocument, ProbeEvidence } from "../../document";
import { isIn } from "../../seq-ranges";
import { probeSawItAll } from "../../env-values";
import { recoveryOf } from "../figures";
import { promotedAtMs } from "../../verify/rule";

/** What became of one write attempt; `lost` was acknowledged and is not there. */
export type WriteFate = "acknowledged" | "lost" | "refused" | "indeterminate";

/** One write attempt of the probe, in milliseconds after the drill began. */
export interface Write {
  readonly invokedMs: number;
  /** When it ended; null when it never did. */
  readonly endedMs: number | null;
  readonly fate: WriteFate;
}

/** A stretch of the drill, in milliseconds after it began. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Both hosts of one store over the drill. */
export interface StoreLane {
  readonly store: StoreName;
  readonly writes: { readonly old: readonly Write[]; readonly new: readonly Write[] };
  /** What clients waited; null when it is not known. */
  readonly gap: Wait | null;
  /** From when on the old host could not write; null when that was never proved. */
  readonly fencedMs: number | null;
  /** When the new host's promotion began; null when it did not. */
  readonly promotedMs: number | null;
}

/** `between`: two acknowledged writes. `until`: from the first step to the first one, where the old host gave none. */
export interface Wait extends Span {
  readonly kind: "between" | "until";
}

/** The clients of one driver: when each of their statements ended, and how. */
export interface ClientLane {
  readonly driver: string;
  readonly ends: readonly { readonly atMs: number; readonly end: StatementEnd }[];
}

/** A step as the pictures show it. */
export interface StepBar extends Span {
  readonly step: StepName;
  readonly status: StepStatus;
}

/** A moment of a step with the number it has in the pictures and in the table. */
export interface NumberedMark {
  readonly number: number;
  readonly step: StepName;
  readonly name: string;
  readonly host: string | null;
  readonly atMs: number;
}

/** What the pictures show: everything in milliseconds after the drill began. */
export interface Timeline extends Span {
  readonly oldHost: string;
  readonly newHost: string;
  readonly bars: readonly StepBar[];
  readonly marks: readonly NumberedMark[];
  /** Empty where the probe did not run. */
  readonly stores: readonly StoreLane[];
  /** Empty where no client load ran. */
  readonly clients: readonly ClientLane[];
}

/** The timeline of an executed drill; null for a dry run, in which nothing happened that has a length. */
export function timelineOf(document: EvidenceDocument): Timeline | null {
  const { drill, steps, probe } = document;
  if (drill.mode === "dry-run" || steps.length === 0) return null;
  const bars = steps.map(({ step, status, startedAtMs, finishedAtMs }) => ({
    step,
    status,
    fromMs: startedAtMs,
    toMs: finishedAtMs,
  }));
  const marks = steps
    .flatMap(({ step, marks: moments }) => moments.map((mark) => ({ step, ...mark })))
    .sort((left, right) => left.atMs - right.atMs)
    .map((mark, index) => ({ number: index + 1, ...mark }));
  const ran = bars.filter((bar) => bar.status !== "skipped");
  const shown = ran.length > 0 ? ran : bars;
  const stores = probe === null ? [] : STORE_NAMES.map((store) => laneOf(document, probe, store));
  return {
    fromMs: Math.min(...shown.map((bar) => bar.fromMs), ...stores.map(firstWriteMs)),
    toMs: Math.max(...shown.map((bar) => bar.toMs), ...marks.map((mark) => mark.atMs), probe?.finishedAtMs ?? 0),
    oldHost: drill.fromHost,
    newHost: drill.toHost,
    bars,
    marks,
    stores,
    clients: (document.clients?.loads ?? []).map(({ driver, samples }) => ({
      driver,
      ends: samples.end.map((end, at) => ({ end, atMs: samples.endMs[at] ?? 0 })),
    })),
  };
}

/** A standing probe wrote before the drill began, and what it saw belongs into the picture. */
function firstWriteMs({ writes }: StoreLane): number {
  return Math.min(...[writes.old[0], writes.new[0]].map((write) => write?.invokedMs ?? Infinity));
}

function laneOf(document: EvidenceDocument, probe: ProbeEvidence, store: StoreName): StoreLane {
  const { endpoints } = probe[store];
  const { fromHost, toHost } = document.drill;
  return {
    store,
    writes: {
      old: writesTo(endpoints.indexOf(fromHost), probe, store),
      new: writesTo(endpoints.indexOf(toHost), probe, store),
    },
    gap: waitOf(document, probe, store),
    fencedMs: fencedMs(document, store),
    promotedMs: promotedAtMs(document, store) ?? null,
  };
}

function waitOf(document: EvidenceDocument, probe: ProbeEvidence, store: StoreName): Wait | null {
  const fromMs = document.steps[0]?.startedAtMs ?? 0;
  const recovery = recoveryOf(document, store);
  if (!probeSawItAll(document)) return recovery === null ? null : { kind: "until", fromMs, toMs: fromMs + recovery };
  const { gap } = probe[store];
  return gap && { kind: "between", ...gap };
}

/** An operator's acceptance is no fence: the old host may have gone on writing. */
function fencedMs({ fences }: EvidenceDocument, store: StoreName): number | null {
  return fences.find((fence) => fence.store === store && fence.method !== "accepted-unfenced")?.provedAtMs ?? null;
}

const FATES = { a: "acknowledged", r: "refused", i: "indeterminate" } as const;

function writesTo(endpoint: number, probe: ProbeEvidence, store: StoreName): Write[] {
  const { samples, found } = probe[store];
  return samples.seq.flatMap((seq, index): Write[] => {
    const outcome = samples.outcome[index];
    const invokedMs = samples.invokeMs[index];
    if (samples.endpoint[index] !== endpoint || outcome === undefined || invokedMs === undefined) return [];
    const lost = outcome === "a" && found !== null && !isIn(found, seq);
    return [{ invokedMs, endedMs: samples.endMs[index] ?? null, fate: lost ? "lost" : FATES[outcome] }];
  });
}
