import { stringify } from "yaml";

/** A value as the text of `--output json` or `--output yaml`. */
export function structured(format: "json" | "yaml", value: unknown): string {
  return format === "json" ? `${JSON.stringify(value, null, 2)}\n` : stringify(value);
}
