import { z } from "zod";
import { CREDENTIAL_KEYS } from "../../../settings/credentials";
import { drillConfigSchema } from "../../../settings/drill-config";
import { environmentSchema } from "../../../settings/environment";
import { STACK_KEYS } from "../../../settings/stack-keys";
import { schemaLeaves } from "../../../toolchain/pages/schema-leaves";

/** Every key of the stack's config that the settings read, without its namespace. */
export function configKeys(): ReadonlySet<string> {
  const drill = schemaLeaves(drillConfigSchema).map(({ path }) => `drill.${path}`);
  return new Set([...Object.keys(STACK_KEYS), ...Object.values(CREDENTIAL_KEYS), "drill", ...drill]);
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
