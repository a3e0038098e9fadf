import { FINDINGS, type FindingRow, type FindingSeverity } from "../../settings/findings";
import { STORE_LABELS, STORE_NAMES, type StoreName } from "../../settings/services";
import { markdownTable } from "./markdown";

/** The page on what is read of the servers before a run, from the project's folder. */
export const FINDINGS_PAGE = "docs/design/findings.md";

const WORDS: Readonly<Record<FindingSeverity, string>> = {
  refused: "refused",
  ended: "ended by us",
  noted: "noted",
};

const LEGEND = [
  ["refused", "the drill does not begin: exit code 3, all refusals at once, each with the command that mends it"],
  ["ended by us", "the drill goes on and ends it; it is listed before"],
  ["noted", 'in the evidence, and in the report under "What you should know"'],
  ["-", "not read: only the primary could say it"],
] as const;

/** The page that shows the table of findings: what is read of each store, what it means, and what becomes of a run. */
export function findingsPage(): string {
  return `# What is read before a drill

<!-- Written by npm run generate from settings/findings/. -->

Before it touches anything, a drill reads the servers as they are and says what would stop it, lose something or make it longer. The dry run shows the same. The readings are one question to each server and one or two to each database, bounded in time, and none of them takes a lock that somebody could hold up. They happen before the cutover window.

This page is generated from the table that the program reads, \`settings/findings.ts\`.

${markdownTable(["in the table", "what it means"], LEGEND)}
- What could not be read is a finding of its own, \`not-read\`. A switchover is refused for it, because what is not known may be lost.
- A switchover goes on over rows of unlogged tables with \`understudy switchover --lose-unlogged --execute\`. The evidence says so.
- A failover reads the standby alone, for at most a second, and is refused for nothing that cannot be changed while the primary is gone.
- The verifier refuses a success that has a refused finding, by the rules \`no-refused-finding\` and \`lost-only-by-a-word\`.
- In the commands \`{psql}\` stands for PostgreSQL's client in the host's container, over SSH, \`{redis}\` for Redis' with the host's address and port, and \`{what}\` for what was found. The program writes them out.

${STORE_NAMES.map(section).join("\n")}`;
}

function section(store: StoreName): string {
  const rows: readonly FindingRow[] = FINDINGS[store];
  const body = rows.map(({ key, planned, unplanned, unless, reads, means, next }) => [
    `\`${key}\``,
    reads,
    means,
    `${WORDS[planned]}${unless === undefined ? "" : ", unless the operator says `--lose-unlogged`"}`,
    unplanned === null ? "-" : WORDS[unplanned],
    next === "" ? "-" : next,
  ]);
  return `## ${STORE_LABELS[store]}

${markdownTable(["finding", "what is read", "what it means", "switchover", "failover", "what to do"], body)}`;
}
