import { createHash } from "node:crypto";
import type { Applications } from "./applications";
import { formerKey } from "./credentials";
import { UserError } from "./user-error";

/** A stack's config as the engine gives it: by whole key, with whether a value is kept encrypted. */
export type StackConfigValues = Readonly<
  Record<string, { readonly value: string; readonly secret?: boolean } | undefined>
>;

/** One stack, and its config. */
export interface StackValues {
  readonly stack: string;
  readonly config: StackConfigValues;
}

/** What needs no preparation of its characters, by PostgreSQL's clients or by anybody else. */
const PLAIN = /^[!-~]([ -~]*[!-~])?$/;

/**
 * The passwords of the declared applications, by the name of each, from the config of every stack of the pair. Pure.
 * @throws UserError, exit code 2, naming every field whose secret is missing, in the clear, not the same in all stacks, or
 * no password that every client can send; never the secret itself
 */
export function applicationPasswords(
  applications: Applications,
  stacks: readonly StackValues[],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const problems: { readonly words: string; readonly next: string }[] = [];
  for (const [name, { password: key }] of Object.entries(applications)) {
    if (key === undefined) continue;
    const field = `applications.${name}.password`;
    const set = (stack: string): string => `pulumi -s ${stack} config set --secret understudy:${key}`;
    const before = problems.length;
    const values = stacks.map(({ stack, config }) => {
      const entry = config[`understudy:${key}`];
      if (entry === undefined || entry.value === "")
        problems.push({ words: `${field}: stack ${stack} has no understudy:${key}`, next: set(stack) });
      else if (entry.secret !== true)
        problems.push({
          words: `${field}: understudy:${key} of stack ${stack} is not encrypted`,
          next: `pulumi -s ${stack} config rm understudy:${key}; then ${set(stack)}, with a password that nobody has read`,
        });
      else if (!PLAIN.test(entry.value))
        problems.push({
          words: `${field}: understudy:${key} of stack ${stack} is no password: printable ASCII, without a space or a line's end around it`,
          next: set(stack),
        });
      return entry?.value;
    });
    if (problems.length > before) continue;
    const [first] = values;
    const other = stacks.find((_one, at) => values[at] !== first);
    if (other !== undefined)
      problems.push({
        words: `${field}: understudy:${key} is not the same in the stacks ${stacks.map(({ stack }) => stack).join(" and ")}`,
        next: set(other.stack),
      });
    else if (first !== undefined) found.set(name, first);
  }
  const [first] = problems;
  if (first === undefined) return found;
  throw new UserError(problems.map(({ words }) => words).join("; "), first.next, 2);
}

/** How Redis is told a password, and what is kept of a former one. */
export function sha256(password: string): string {
  return createHash("sha256").update(password).digest("hex");
}

/** By application, the SHA-256 of its former password while that is being exchanged. */
export type FormerDigests = ReadonlyMap<string, string>;

/** What stands under the key of a former password of which nobody knows the digest. */
export const UNKNOWN_DIGEST = "unknown";

/**
 * The digests of former passwords, from the config of a stack: `understudy rotate application` writes each there, and never
 * the password itself. What is no digest adds nothing to what a server takes. Pure.
 */
export function formerDigests(applications: Applications, valueOf: (key: string) => string | undefined): FormerDigests {
  return new Map(
    Object.entries(applications).flatMap(([name, { password: key }]) => {
      const kept = key === undefined ? undefined : valueOf(formerKey(key));
      return kept !== undefined && /^[0-9a-f]{64}$/.test(kept) ? [[name, kept] as const] : [];
    }),
  );
}
