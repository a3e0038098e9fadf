import { z } from "zod";
import { whyNotPostgres } from "./postgres-managed";
import { whyNotRedis } from "./redis-managed";

/** A value as the environment file has it; each server has a word of its own for yes and no. */
const value = z.union([z.string().max(1000), z.number(), z.boolean()]);

/** Settings by their names, as the environment file has them. */
export type GivenSettings = Readonly<Record<string, string | number | boolean>>;

/** A value as PostgreSQL reads it. */
export function postgresWord(given: GivenSettings[string]): string {
  return typeof given === "boolean" ? (given ? "on" : "off") : String(given);
}

/** A value as Redis reads it. */
export function redisWord(given: GivenSettings[string]): string {
  return typeof given === "boolean" ? (given ? "yes" : "no") : String(given);
}

type WhyNot = (name: string, value: string) => string | undefined;

function settingsSchema(word: (given: GivenSettings[string]) => string, whyNot: WhyNot, meaning: string) {
  return z
    .record(z.string(), value)
    .superRefine((all, context) => {
      for (const [name, given] of Object.entries(all)) {
        const why = whyNot(name, word(given));
        if (why !== undefined) context.addIssue({ code: "custom", path: [name], message: why });
      }
    })
    .default({})
    .describe(meaning);
}

const library = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/, "the name of a library in the image, such as pg_stat_statements")
  .refine((name) => name !== "timescaledb", "another one: timescaledb is loaded wherever the image has it");

/** The section `timescaledb` of an environment file. */
export const timescaledbSchema = z.strictObject({
  cores: z
    .number()
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe(
      "processor cores that PostgreSQL may count on, the same on both hosts: its workers follow, and what one sort may take; limits nothing. Without it the workers are the product's",
    ),
  preload: z
    .array(library)
    .max(16)
    .refine((all) => new Set(all).size === all.length, "each of them once")
    .default([])
    .describe(
      "libraries that PostgreSQL loads at its start, in this order, after timescaledb; both hosts' images must have them",
    ),
  settings: settingsSchema(
    postgresWord,
    whyNotPostgres,
    "settings of PostgreSQL by their names, the same on both hosts; those of an extension need it in `timescaledb.preload`",
  ),
});

/** The section `redis` of an environment file. */
export const redisSchema = z.strictObject({
  settings: settingsSchema(redisWord, whyNotRedis, "settings of Redis by their names, the same on both hosts"),
});
