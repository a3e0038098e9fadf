/** Where a value stands inside a JSON value. */
export type JsonPath = readonly (string | number)[];

/** One value that holds no other, and where it stands. */
export interface Leaf {
  readonly path: JsonPath;
  readonly value: string | number | boolean | null;
}

/** Every leaf of a JSON value. */
export function leavesOf(value: unknown, path: JsonPath = []): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, [...path, index]));
  if (value !== null && typeof value === "object") {
    return Object.entries(value).flatMap(([key, member]) => leavesOf(member, [...path, key]));
  }
  return [{ path, value: value as Leaf["value"] }];
}

/** `drill.id`, `steps[2].status`, … */
export function pathText(path: JsonPath): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
}

/** A copy of a JSON value in which the value at `path` is another. */
export function withValueAt<T>(root: T, path: JsonPath, value: unknown): T {
  const copy = structuredClone(root);
  holderOf(copy, path)[path.at(-1) ?? ""] = value;
  return copy;
}

/** A copy of a JSON value without what stands at `path`: a key goes, an array closes up. */
export function withoutValueAt<T>(root: T, path: JsonPath): T {
  const copy = structuredClone(root);
  const holder = holderOf(copy, path);
  const last = path.at(-1) ?? "";
  if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else Reflect.deleteProperty(holder, last);
  return copy;
}

function holderOf(root: unknown, path: JsonPath): Record<string | number, unknown> {
  return path
    .slice(0, -1)
    .reduce<Record<string | number, unknown>>(
      (holder, part) => holder[part] as Record<string | number, unknown>,
      root as Record<string | number, unknown>,
    );
}
