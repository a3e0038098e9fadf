import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { markdownTable } from "./markdown";

/** What a run of tests/extended/37-features-through-doors.test.ts saw, from the project's folder. */
export const DOOR_FEATURES_RECORD = "docs/results/recorded/features_through_doors.json";

const FEATURE = z.strictObject({
  /** How the pooler lends its sessions to clients of PostgreSQL; `redis` has none. */
  mode: z.enum(["transaction", "session", "redis"]),
  feature: z.string().min(1),
  fate: z.enum(["survives", "ended", "refused", "gone"]),
  /** What the client sees: SQLSTATE, Redis' word, or `closed`; null where it sees nothing. */
  code: z.string().nullable(),
});

const RECORD = z.strictObject({
  version: z.literal(1),
  /** Day of the run; null while none has come to its end. */
  date: z.iso.date().nullable(),
  /** The servers of the run, with their versions. */
  servers: z.string(),
  features: z.array(FEATURE),
});

/** What stands in a table of which no run has come to its end. */
const NOT_RUN = "not run";

/** What became of one thing that a client had under way. */
export type DoorFeature = z.infer<typeof FEATURE>;
/** Parses a record. @throws Error when it is none */
export function doorFeaturesOf(text: string): z.infer<typeof RECORD> {
  return RECORD.parse(JSON.parse(text));
}

function words({ fate, code }: DoorFeature): string {
  return code === null ? fate : `${fate} (\`${code}\`)`;
}

/** The two tables of the page on connecting: PostgreSQL in both modes of a pooler, and Redis. */
export function doorFeaturesParts(): Readonly<Record<string, string>> {
  const { features } = doorFeaturesOf(readFileSync(path.resolve(__dirname, "../..", DOOR_FEATURES_RECORD), "utf8"));
  const of = (mode: DoorFeature["mode"]): readonly DoorFeature[] => features.filter((one) => one.mode === mode);
  const orNotRun = (rows: string[][], columns: number): string[][] =>
    rows.length > 0 ? rows : [Array.from({ length: columns }, () => NOT_RUN)];
  return {
    "features of PostgreSQL through a door": markdownTable(
      ["under way", "by transaction", "by session, ended"],
      orNotRun(
        of("transaction").map((row) => {
          const session = of("session").find(({ feature }) => feature === row.feature);
          return [row.feature, words(row), session === undefined ? NOT_RUN : words(session)];
        }),
        3,
      ),
    ),
    "features of Redis through a door": markdownTable(
      ["under way", "what becomes of it"],
      orNotRun(
        of("redis").map((row) => [row.feature, words(row)]),
        2,
      ),
    ),
  };
}
