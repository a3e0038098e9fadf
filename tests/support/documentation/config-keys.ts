import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { CREDENTIAL_KEYS } from "../../../settings/credentials";
import { drillConfigSchema } from "../../../settings/drill-config";
import { environmentSchema } from "../../../settings/environment";
import { ROOT } from "./pages";

/** Every key of the stack's config that `settings/settings.ts` reads, without its namespace. */
export function configKeys(): ReadonlySet<string> {
  const source = readFileSync(path.join(ROOT, "settings/settings.ts"), "utf8");
  const named = [...source.matchAll(/\b(?:need|getObject<[^(]*>|get)\("(\w+)"/g)].map(([, key = ""]) => key);
  const drill = Object.keys(drillConfigSchema.shape).map((key) => `drill.${key}`);
  return new Set([...named, ...drill, ...Object.values(CREDENTIAL_KEYS)]);
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
}

/** Whether the environment file has a field of this dotted path; NAME stands for a host's name. */
export function environmentHas(field: string): boolean {
  let node: SchemaNode | undefined = z.toJSONSchema(environmentSchema, { io: "input" }) as SchemaNode;
  for (const part of field.split(".")) {
    const more: SchemaNode | boolean | undefined = node.additionalProperties;
    node = part === "NAME" && typeof more === "object" ? more : node.properties?.[part];
    if (node === undefined) return false;
  }
  return true;
}
