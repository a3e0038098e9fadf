import { z } from "zod";

const count = z.number().int().nonnegative();

/**
 * What a range of WAL holds that one host has alone, as `configs/guard/postgres-diverged.sh` reads it. Null is what could
 * not be read, or not within ten minutes; in a range that is not complete every number is a lower bound.
 */
export const divergedContentSchema = z.strictObject({
  /** Every record from the range's beginning to its end was read. */
  complete: z.boolean(),
  /** Transactions that committed in it. */
  transactions: count.nullable(),
  /** Those of them that changed more than the journal and a server's own statistics. */
  userTransactions: count.nullable(),
  /** Rows that they changed, by relation, at most 200 of them; a sequence counts as updated. */
  relations: z
    .array(
      z.strictObject({
        /** Tablespace, database and file, by number. */
        relation: z.string(),
        /** Database, schema and table; null when neither host knows the name. */
        name: z.string().nullable(),
        inserted: count,
        updated: count,
        deleted: count,
      }),
    )
    .nullable(),
});

/** What a diverged range of WAL holds. */
export type DivergedContent = z.infer<typeof divergedContentSchema>;

/** True when the range was read whole and no user's transaction is in it: then nothing but our own events is given up. */
export function onlyOurs(content: DivergedContent): boolean {
  return content.complete && content.userTransactions === 0;
}

/** One line for a person: whose transactions, how many rows of which tables. */
export function describeContent({ complete, transactions, userTransactions, relations }: DivergedContent): string {
  if (transactions === null || userTransactions === null || relations === null) {
    return "what it holds could not be read: it counts as a user's";
  }
  const bound = complete ? "" : "at least ";
  const tables = relations
    .filter((one) => !one.name?.startsWith("understudy.understudy.") && !one.name?.includes(".pg_"))
    .slice(0, LISTED_TABLES)
    .map((one) => `${one.name ?? one.relation} ${rows(one)}`);
  const whole = complete ? "" : "; a part of it could not be read";
  return [`${bound}${userTransactions} of ${transactions} transactions are a user's`, ...tables].join("; ") + whole;
}

const LISTED_TABLES = 5;

function rows({ inserted, updated, deleted }: { inserted: number; updated: number; deleted: number }): string {
  return `+${inserted} ~${updated} -${deleted} rows`;
}
