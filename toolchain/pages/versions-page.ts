import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { markdownTable } from "./markdown";

/** What was tried of which version of a server, written down by hand from what runs printed; from the project's folder. */
export const VERSIONS_RECORD = "docs/results/recorded/server_versions.json";

const STORIES = ["switchover", "failover", "rejoin", "restore"] as const;
const OUTCOME = z.enum(["passed", "failed", "not tried"]);

const RECORD = z.strictObject({
  version: z.literal(1),
  servers: z.array(
    z.strictObject({
      server: z.string(),
      /** Day of the run; null where there was none. */
      date: z.iso.date().nullable(),
      /** A pair on loopback: real servers and the product's own scripts, without containers. */
      loopback: z.strictObject(Object.fromEntries(STORIES.map((story) => [story, OUTCOME]))),
      lab: OUTCOME,
      /** What was seen beside that, with figures. */
      seen: z.string(),
    }),
  ),
});

/** The table of versions: one row a server, and never a blank for what nobody has tried. */
export function versionsTable(): string {
  const text = readFileSync(path.resolve(__dirname, "../..", VERSIONS_RECORD), "utf8");
  const { servers } = RECORD.parse(JSON.parse(text));
  return markdownTable(
    ["server", "day", ...STORIES, "lab", "seen"],
    servers.map(({ server, date, loopback, lab, seen }) => [
      server,
      date ?? "-",
      ...STORIES.map((story) => loopback[story] ?? "not tried"),
      lab,
      seen === "" ? "-" : seen,
    ]),
  );
}
