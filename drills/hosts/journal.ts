import type { StepName } from "../../settings/steps";
import type { Agent } from "./agent";

/** What a host remembers of one step of one drill: that it began, or how it ended. */
export type JournalEntry =
  | { readonly state: "begun"; readonly at: string }
  | { readonly state: "done"; readonly at: string; readonly result: unknown };

function fileName(drillId: string, step: StepName): string {
  return `${drillId}.${step}`;
}

/** Reads what the host remembers; undefined when the step never began there. */
export async function readJournal(agent: Agent, drillId: string, step: StepName): Promise<JournalEntry | undefined> {
  const answer = await agent.ask(`journal-get ${fileName(drillId, step)}`);
  const content = answer.get("content")?.[0];
  return content === undefined
    ? undefined
    : (JSON.parse(Buffer.from(content, "base64").toString("utf8")) as JournalEntry);
}

/** Writes one entry; replaces the one of the same drill and step. */
export async function writeJournal(agent: Agent, drillId: string, step: StepName, entry: JournalEntry): Promise<void> {
  const content = Buffer.from(JSON.stringify(entry)).toString("base64");
  await agent.ask(`journal-put ${fileName(drillId, step)} ${content}`, 30_000);
}

/** The ids of every drill of which this host remembers a step. */
export async function drillsInJournal(agent: Agent): Promise<ReadonlySet<string>> {
  const answer = await agent.ask("journal-list");
  return new Set((answer.get("entry") ?? []).map((name) => name.slice(0, name.lastIndexOf("."))));
}
