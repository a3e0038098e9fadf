import { z } from "zod";

/** The days of a week, as a window names them; the first is that of `Date.getUTCDay()` 0. */
export const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

const clock = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, "hours and minutes in UTC, such as 03:00");
const day = z
  .string()
  .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, "a day, such as 2026-12-24")
  .refine((text) => z.iso.date().safeParse(text).success, "a day that there is");

const window = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .default([...WEEKDAYS])
      .describe("days of the week on which it begins, in UTC; default: every day"),
    from: clock.describe("when it begins, in UTC"),
    to: clock.describe("when it ends, in UTC; a time before `from` is one of the next day"),
  })
  .refine(({ from, to }) => from !== to, { path: ["to"], message: "another time than `from`" });

const blackout = z
  .strictObject({
    from: day.describe("its first day, in UTC"),
    to: day.describe("its last day, in UTC"),
    reason: z.string().min(1).describe("why no drill is wanted then"),
  })
  .refine(({ from, to }) => from <= to, { path: ["to"], message: "no day before `from`" });

/** The section `drills` of an environment file. */
export const drillsSchema = z.strictObject({
  windows: z.array(window).min(1).describe("when a drill by schedule may begin"),
  blackouts: z.array(blackout).default([]).describe("days on which none begins, whatever the windows say"),
});

/** When a drill by schedule may begin. */
export type DrillCalendar = z.infer<typeof drillsSchema>;
