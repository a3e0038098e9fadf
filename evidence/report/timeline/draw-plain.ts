import { duration } from "../figures";
import type { StepBar, Timeline } from "./timeline";

const COLUMNS = 48;

/** The steps as bars of characters, for Markdown. */
export function drawPlain(timeline: Timeline): readonly string[] {
  const name = Math.max(...timeline.bars.map((bar) => bar.step.length));
  return timeline.bars.map(
    (bar) => `${bar.step.padEnd(name)} |${drawBar(bar, timeline).padEnd(COLUMNS)}| ${words(bar)}`,
  );
}

function drawBar({ status, fromMs, toMs }: StepBar, timeline: Timeline): string {
  if (status === "skipped") return "";
  const perColumn = Math.max(timeline.toMs - timeline.fromMs, 0.001) / COLUMNS;
  const from = Math.min(COLUMNS - 1, Math.floor((fromMs - timeline.fromMs) / perColumn));
  const to = Math.min(COLUMNS, Math.ceil((toMs - timeline.fromMs) / perColumn));
  return " ".repeat(from) + "#".repeat(Math.max(1, to - from));
}

function words({ status, fromMs, toMs }: StepBar): string {
  return status === "skipped" ? status : `${duration(toMs - fromMs)} ${status}`;
}
