import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { markdownTable } from "./markdown";

/** What a run of tests/extended/48-idle-hour.test.ts has read, from the project's folder. */
export const IDLE_HOUR_RECORD = "docs/results/recorded/idle_hour.json";

const count = z.number().int().nonnegative();

const RECORD = z.strictObject({
  version: z.literal(1),
  began: z.iso.datetime(),
  minutes: z.number().positive(),
  hosts: z
    .array(
      z.strictObject({
        host: z.string().min(1),
        /** All but the deadman's switch. */
        alerts: z.array(z.strictObject({ alert: z.string().min(1), state: z.string().min(1), samples: count })),
        /** Evaluations of the rules in which the deadman's switch fired, as it always should. */
        deadmanSamples: count,
        targets: z.array(z.strictObject({ target: z.string().min(1), samples: count, up: count })).min(1),
      }),
    )
    .min(1),
});

/** The record of a time in which nothing was changed on a pair. */
export type IdlePair = z.output<typeof RECORD>;

/** Alerts by name, and in how many evaluations each was in that state. */
function said(alerts: IdlePair["hosts"][number]["alerts"], fires: boolean): string {
  const found = alerts.filter(({ state }) => (state === "firing") === fires);
  return found.length === 0 ? "none" : found.map(({ alert, samples }) => `\`${alert}\` (${samples})`).join(", ");
}

/** The recorded time in which nobody touched the pair: what its own monitoring had to say of it. */
export function idleHourTable(): string {
  const { began, minutes, hosts } = RECORD.parse(
    JSON.parse(readFileSync(path.resolve(__dirname, "../..", IDLE_HOUR_RECORD), "utf8")),
  );
  const table = markdownTable(
    [
      "Prometheus of",
      "evaluations",
      "targets",
      "scrapes",
      "of them answered",
      "alerts that fired",
      "alerts that waited",
    ],
    hosts.map(({ host, alerts, deadmanSamples, targets }) => {
      const sum = (of: "samples" | "up"): string =>
        targets.reduce((all, one) => all + one[of], 0).toLocaleString("en-US");
      return [
        ...[host, deadmanSamples.toLocaleString("en-US"), String(targets.length), sum("samples"), sum("up")],
        ...[said(alerts, true), said(alerts, false)],
      ];
    }),
  );
  return `Recorded on ${began.slice(0, 10)}, over ${minutes} min:\n\n${table}`;
}
