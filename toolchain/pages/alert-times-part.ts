import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { markdownTable } from "./markdown";

/** What a run of tests/extended/33-alert-times.test.ts measured, from the project's folder. */
export const ALERT_TIMES_RECORD = "docs/results/recorded/alert_times.json";

const RECORD = z.strictObject({
  version: z.literal(1),
  at: z.iso.date(),
  /** From the fault to the receiver, at most. */
  mostSeconds: z.number().positive(),
  rows: z.array(
    z.strictObject({
      alert: z.string().min(1),
      fault: z.string().min(1),
      /** From the fault to the receiver; null when it was never told. */
      seconds: z.number().nonnegative().nullable(),
      /** Other critical alerts that were told of beside it. */
      others: z.array(z.string()),
    }),
  ),
});

/** The recorded table of faults: which alert each raised, after how many seconds, and what else was told. */
export function alertTimesTable(): string {
  const text = readFileSync(path.resolve(__dirname, "../..", ALERT_TIMES_RECORD), "utf8");
  const { at, rows } = RECORD.parse(JSON.parse(text));
  const table = markdownTable(
    ["fault", "alert", "seconds", "other critical ones"],
    rows.map(({ alert, fault, seconds, others }) => [
      fault,
      `\`${alert}\``,
      seconds === null ? "not told" : seconds.toFixed(1),
      others.length === 0 ? "none" : others.map((one) => `\`${one}\``).join(", "),
    ]),
  );
  return `Recorded on ${at}, from the fault to the receiver, with the alert's own waiting and Alertmanager's:\n\n${table}`;
}
