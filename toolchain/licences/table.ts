import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** The reviewed table, in the checkout. */
export const TABLE_FILE = "toolchain/licences/table.yaml";

/** Names by licence, an SPDX expression. A name is there twice when two of its versions differ. */
const byLicence = z.record(z.string().min(1), z.array(z.string().min(1)).min(1));

/** What somebody has read: the licence of everything that this project takes in, ships, builds or names. */
export const licenceTableSchema = z.strictObject({
  npm: byLicence.describe("packages of package-lock.json"),
  go: byLicence.describe("modules that the programs under toolchain/go are built from"),
  debian: byLicence.describe("packages in an image that is built here, or that set-up installs"),
  upstream: z
    .record(z.string(), z.strictObject({ licence: z.string().min(1), words: z.string().optional() }))
    .describe("images that users pull from where they are published, without their tags"),
  notes: z.record(z.string(), z.string()).describe("what a licence's name does not say, by package or module"),
});

/** The table as it is read. */
export type LicenceTable = z.infer<typeof licenceTableSchema>;

/** Reads the table of a checkout. @throws Error when it is no such table */
export function readTable(root: string): LicenceTable {
  return licenceTableSchema.parse(parse(readFileSync(path.join(root, TABLE_FILE), "utf8")));
}
