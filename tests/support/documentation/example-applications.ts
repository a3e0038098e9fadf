import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { applicationsSchema, type Applications } from "../../../settings/applications";

const PAGE = path.resolve(__dirname, "../../../docs/CONFIGURATION.md");

/** The section `applications` of the example in the reference of the configuration, as it stands there. */
export function exampleSection(): unknown {
  const [, text = ""] = /```yaml\n(applications:\n[\s\S]*?)```/.exec(readFileSync(PAGE, "utf8")) ?? [];
  return (parse(text) as { applications?: unknown } | null)?.applications;
}

/** The same, read and checked. */
export function exampleApplications(): Applications {
  return applicationsSchema.parse(exampleSection());
}
