import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { drillsSchema, type DrillCalendar } from "../../../settings/drills-section";
import { notifySchema, type Notify } from "../../../settings/notify-section";

const PAGE = path.resolve(__dirname, "../../../docs/DRILLS.md");

function example(section: string): unknown {
  const [, text = ""] =
    new RegExp(`\`\`\`yaml\n(${section}:\n[\\s\\S]*?)\`\`\``).exec(readFileSync(PAGE, "utf8")) ?? [];
  return (parse(text) as Record<string, unknown> | null)?.[section];
}

/** The section `notify` of the example on the page of drills, read and checked. */
export function exampleNotify(): Notify {
  return notifySchema.parse(example("notify"));
}

/** The section `drills` of the example there, read and checked. */
export function exampleCalendar(): DrillCalendar {
  return drillsSchema.parse(example("drills"));
}
