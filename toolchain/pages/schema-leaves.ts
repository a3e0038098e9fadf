import { z } from "zod";

/** One value that a file may have, as the reference lists it. */
export interface SchemaLeaf {
  /** Dotted; a part in capitals stands for a name that the file chooses. */
  readonly path: string;
  readonly meaning: string;
  readonly allowed: string;
  /** What a file without it gets; `required` or `none` where there is no default. */
  readonly usual: string;
}

interface Inherited {
  readonly meaning: string;
  /** The innermost section above that may be left out as a whole. */
  readonly within: string | undefined;
}

/** A schema without the layers that make it optional or give it a default. */
interface Bare {
  readonly schema: z.ZodType;
  readonly meaning: string | undefined;
  readonly optional: boolean;
  readonly usual: { readonly value: unknown } | undefined;
}

/**
 * Every value of a schema, in its order. Services that have the same form are one entry, SERVICE.
 * A value without words of its own has those of its section.
 */
export function schemaLeaves(schema: z.ZodType): readonly SchemaLeaf[] {
  return leavesAt("", schema, { meaning: "", within: undefined });
}

function leavesAt(path: string, schema: z.ZodType, above: Inherited): readonly SchemaLeaf[] {
  const { schema: bare, meaning = above.meaning, optional, usual } = bareOf(schema);
  const at = (part: string): string => (path === "" ? part : `${path}.${part}`);
  const leftOut = optional && usual === undefined;
  const inherited = { meaning, within: leftOut ? path : above.within };
  if (bare instanceof z.ZodObject) {
    const parts = Object.entries<z.ZodType>(bare.shape);
    const [first] = parts;
    if (
      first &&
      parts.length > 1 &&
      parts.every(([, one]) => one === first[1]) &&
      bareOf(first[1]).schema instanceof z.ZodObject
    ) {
      return leavesAt(at("SERVICE"), first[1], inherited);
    }
    const section = leftOut ? [{ path, meaning, allowed: "a section", usual: "none" }] : [];
    return [...section, ...parts.flatMap(([name, one]) => leavesAt(at(name), one, inherited))];
  }
  if (bare instanceof z.ZodRecord) {
    const value = bare.valueType as z.ZodType;
    if (bareOf(value).schema instanceof z.ZodObject) return leavesAt(at(nameOfKey(bare)), value, inherited);
  }
  const needed = above.within === undefined ? "required" : `required in \`${above.within}\``;
  const missing = optional ? "none" : needed;
  return [{ path, meaning, allowed: allowedBy(bare), usual: usual === undefined ? missing : shown(usual.value) }];
}

function bareOf(schema: z.ZodType): Bare {
  const meaning = schema.description;
  if (schema instanceof z.ZodOptional) return { ...inner(schema.unwrap(), meaning), optional: true };
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return { ...inner(schema.unwrap(), meaning), optional: true, usual: { value: schema.def.defaultValue } };
  }
  return { schema, meaning, optional: false, usual: undefined };
}

function inner(schema: unknown, meaning: string | undefined): Bare {
  const bare = bareOf(schema as z.ZodType);
  return meaning === undefined ? bare : { ...bare, meaning };
}

function nameOfKey(record: z.ZodRecord): string {
  return record.keyType instanceof z.ZodEnum ? "SERVICE" : "NAME";
}

function shown(value: unknown): string {
  return `\`${typeof value === "string" ? (value === "" ? '""' : value) : JSON.stringify(value)}\``;
}

function allowedBy(schema: z.ZodType): string {
  if (schema instanceof z.ZodEnum) return schema.options.map(shown).join(", ");
  if (schema instanceof z.ZodLiteral) return [...schema.values].map(shown).join(", ");
  if (schema instanceof z.ZodBoolean) return "`true`, `false`";
  if (schema instanceof z.ZodNumber) return numbers(schema);
  if (schema instanceof z.ZodNullable) return `${allowedBy(schema.unwrap() as z.ZodType)}, or \`null\``;
  if (schema instanceof z.ZodArray) return `list, each ${allowedBy(schema.element as z.ZodType)}`;
  if (schema instanceof z.ZodRecord) return `names, each with a ${allowedBy(schema.valueType as z.ZodType)}`;
  if (schema instanceof z.ZodUnion) return schema.options.map((one) => allowedBy(one as z.ZodType)).join(", or ");
  if (schema instanceof z.ZodObject) return `with ${Object.keys(schema.shape).map(shown).join(", ")}`;
  if (schema instanceof z.ZodUnknown) return "value, a list or a section";
  if (schema instanceof z.ZodString) return ownWords(schema) ?? "text";
  throw new Error(`no words are known for a value of type ${schema.type}`);
}

function numbers({ minValue, maxValue, format }: z.ZodNumber): string {
  const kind = format?.includes("int") === true ? "whole number" : "number";
  const [least, most] = [minValue, maxValue].map((bound) =>
    bound === null || !Number.isFinite(bound) || Math.abs(bound) === Number.MAX_SAFE_INTEGER ? undefined : bound,
  );
  if (least !== undefined && most !== undefined) return `${kind}, ${least} to ${most}`;
  if (least !== undefined) return kind === "number" ? `number above ${least}` : `${kind}, at least ${least}`;
  return kind;
}

/** What a schema says of a text that it refuses, where these are words of ours. */
function ownWords(schema: z.ZodString): string | undefined {
  const { error } = schema.safeParse("\n");
  return error?.issues.map(({ message }) => message).find((message) => !/^(Invalid|Too) /.test(message));
}
