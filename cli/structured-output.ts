import { Option } from "commander";
import { stringify } from "yaml";

/** What a verb prints on stdout: words for people, or JSON for programs. */
export type TextOrJson = "text" | "json";

/** `--output text|json`, for a verb whose words are no table. */
export function outputOption(): Option {
  return new Option("--output <format>", "what stdout gets").choices(["text", "json"]).default("text");
}

/** A value as the text of `--output json` or `--output yaml`. */
export function structured(format: "json" | "yaml", value: unknown): string {
  return format === "json" ? `${JSON.stringify(value, null, 2)}\n` : stringify(value);
}
