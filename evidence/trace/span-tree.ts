import type { StoreName } from "../../settings/services";
import { STORE_LABELS, STORE_NAMES } from "../../settings/services";
import type { EvidenceDocument, StepResult } from "../document";
import { lossOf, outageOf, recoveryOf } from "../report/figures";
import { failureOf } from "../report/headline";

/** Figures and names beside a span or an event. What is not known is left out: null is never zero. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A moment of a span. */
export interface SpanEvent {
  readonly name: string;
  /** Milliseconds since 1970, with what the monotonic clock knows of their parts. */
  readonly atMs: number;
  readonly attributes: Attributes;
}

/** One span with what lies below it, before any SDK knows of it. */
export interface SpanTree {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  /** Why it failed; null where it did not. */
  readonly error: string | null;
  readonly children: readonly SpanTree[];
}

/** Where the rest of what is known of a drill lies. */
export interface TraceLinks {
  readonly evidenceFile: string;
  readonly evidenceSha256: string;
  /** What the verifier says, in one word; undefined where nobody has asked it. */
  readonly verdict?: string | undefined;
  /** File or address of the report; undefined where none was written. */
  readonly report?: string | undefined;
}

/**
 * A drill as spans: the whole, its steps, and for each store the time in which its clients waited. It names what it takes
 * of the evidence, key by key: no free text of a server gets into a trace but a failure's reason. Pure.
 */
export function spanTreeOf(document: EvidenceDocument, links: TraceLinks): SpanTree {
  const { drill, success, failedStep, steps } = document;
  const clock = wallClock(document);
  const ran = steps.filter(({ status }) => status !== "skipped");
  const children = [...ran.map((step) => stepSpan(step, clock)), ...outageSpans(document, clock)];
  const failure = failureOf(document);
  return {
    name: `${drill.kind} ${drill.mode === "dry-run" ? "dry run" : "drill"}`,
    startMs: Math.min(Date.parse(drill.startedAt), ...children.map(({ startMs }) => startMs)),
    endMs: Math.max(Date.parse(drill.finishedAt), ...children.map(({ endMs }) => endMs)),
    attributes: { ...drillAttributes(document), ...figures(document), ...linkAttributes(links) },
    events: fenceEvents(document, clock),
    error: success ? null : `${failedStep ?? "unknown step"}: ${failure?.reason ?? "no reason is recorded"}`,
    children,
  };
}

/** What is known of a drill that ended before it had evidence. */
export interface UnrecordedDrill {
  readonly id: string;
  readonly environment: string;
  readonly mode: "execute" | "dry-run";
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly reason: string;
}

/** A drill that left no evidence as its one span: that it was tried, and why it ended. Pure. */
export function spanOfUnrecorded({ id, environment, mode, ...rest }: UnrecordedDrill): SpanTree {
  const [startMs, finishedMs] = [Date.parse(rest.startedAt), Date.parse(rest.finishedAt)];
  return {
    name: mode === "dry-run" ? "dry run without evidence" : "drill without evidence",
    startMs,
    endMs: Math.max(startMs, finishedMs),
    attributes: {
      "understudy.drill.id": id,
      "understudy.drill.environment": environment,
      "understudy.drill.mode": mode,
      "understudy.drill.success": false,
    },
    events: [],
    error: rest.reason,
    children: [],
  };
}

type WallClock = (step: Pick<StepResult, "originNs">, atMs: number) => number;

/** All moments of one run on the clock of its first step, so that spans lie as the monotonic clock saw them. */
function wallClock({ steps }: EvidenceDocument): WallClock {
  const zeros = new Map<string, number>();
  for (const { originNs, startedAt, startedAtMs } of steps)
    if (!zeros.has(originNs)) zeros.set(originNs, Date.parse(startedAt) - startedAtMs);
  return ({ originNs }, atMs) => (zeros.get(originNs) ?? 0) + atMs;
}

function stepSpan(step: StepResult, clock: WallClock): SpanTree {
  const { step: name, status, startedAtMs, finishedAtMs, checks, marks, failure } = step;
  const unmet = checks.filter(({ ok }) => !ok);
  return {
    name,
    startMs: clock(step, startedAtMs),
    endMs: clock(step, finishedAtMs),
    attributes: {
      "understudy.step.status": status,
      "understudy.checks": checks.length,
      "understudy.checks.unmet": unmet.map((check) => check.name).join(", "),
      ...(failure === null ? {} : { "understudy.next": failure.next, ...hostAttribute(failure.host) }),
      ...(failure?.refused === true ? { "understudy.refused": true } : {}),
    },
    events: marks.map((mark) => ({
      name: mark.name,
      atMs: clock(step, mark.atMs),
      attributes: hostAttribute(mark.host),
    })),
    error: failure?.reason ?? null,
    children: [],
  };
}

function hostAttribute(host: string | null): Attributes {
  return host === null ? {} : { "understudy.host": host };
}

/** How long the clients of each store waited, as the probe saw it. */
function outageSpans(document: EvidenceDocument, clock: WallClock): readonly SpanTree[] {
  const [first] = document.steps;
  if (first === undefined || document.drill.mode === "dry-run") return [];
  return STORE_NAMES.flatMap((store) => {
    const gap = document.probe?.[store].gap;
    if (gap === null || gap === undefined || outageOf(document, store) === null) return [];
    return [
      {
        name: `clients of ${STORE_LABELS[store]} wait`,
        startMs: clock(first, gap.fromMs),
        endMs: clock(first, gap.toMs),
        attributes: { "understudy.store": store },
        events: [],
        error: null,
        children: [],
      },
    ];
  });
}

function fenceEvents({ fences, steps }: EvidenceDocument, clock: WallClock): readonly SpanEvent[] {
  const [first] = steps;
  if (first === undefined) return [];
  return fences.map(({ host, store, method, provedAtMs }) => ({
    name: "fenced",
    atMs: clock(first, provedAtMs),
    attributes: { ...hostAttribute(host), "understudy.store": store, "understudy.fence.method": method },
  }));
}

function drillAttributes({ drill, success, failedStep, steps }: EvidenceDocument): Attributes {
  const skipped = steps.filter(({ status }) => status === "skipped").map(({ step }) => step);
  return {
    "understudy.drill.id": drill.id,
    "understudy.drill.environment": drill.environment,
    "understudy.drill.kind": drill.kind,
    "understudy.drill.mode": drill.mode,
    "understudy.drill.from_host": drill.fromHost,
    "understudy.drill.to_host": drill.toHost,
    "understudy.drill.success": success,
    ...(failedStep === null ? {} : { "understudy.drill.failed_step": failedStep }),
    ...(skipped.length === 0 ? {} : { "understudy.drill.steps_skipped": skipped.join(", ") }),
  };
}

function figures(document: EvidenceDocument): Attributes {
  const executed = document.drill.mode === "execute";
  const ofStores = (name: string, figure: (store: StoreName) => number | null): Attributes =>
    Object.assign({}, ...STORE_NAMES.map((store) => known(`understudy.${name}.${store}`, figure(store)))) as Attributes;
  return {
    "understudy.duration_ms": document.drill.durationMs,
    ...(executed ? ofStores("outage_ms", (store) => outageOf(document, store)) : {}),
    ...(executed ? ofStores("recovery_ms", (store) => recoveryOf(document, store)) : {}),
    ...known("understudy.lost_events", lossOf(document)),
  };
}

function known(name: string, figure: number | null): Attributes {
  return figure === null ? {} : { [name]: figure };
}

function linkAttributes({ evidenceFile, evidenceSha256, verdict, report }: TraceLinks): Attributes {
  return {
    "understudy.evidence.file": evidenceFile,
    "understudy.evidence.sha256": evidenceSha256,
    ...(verdict === undefined ? {} : { "understudy.verdict": verdict }),
    ...(report === undefined ? {} : { "understudy.report": report }),
  };
}
