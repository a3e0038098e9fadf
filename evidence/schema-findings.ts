import type { z } from "zod";

/** One place in a JSON value that does not have the shape it should. */
export interface SchemaFinding {
  readonly key: string;
  readonly value: string;
  readonly limit: string;
}

/** What a schema found wrong with `value`, each with its path from `root`, what is there, and what is allowed. */
export function schemaFindings(root: string, value: unknown, error: z.ZodError): SchemaFinding[] {
  return error.issues.map((issue) => ({
    key: `${root}${issue.path.map(pathPart).join("")}`,
    value: shortJson(valueAt(value, issue.path)),
    limit: issue.message,
  }));
}

/** A value as JSON, cut to what fits on a line; `(missing)` when there is none. */
export function shortJson(value: unknown): string {
  return value === undefined ? "(missing)" : JSON.stringify(value).slice(0, 120);
}

function pathPart(part: PropertyKey): string {
  return typeof part === "number" ? `[${part}]` : `.${String(part)}`;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      value === null || typeof value !== "object" ? undefined : (value as Record<PropertyKey, unknown>)[part],
    root,
  );
}
