import { UserError } from "../../settings/user-error";

/** What one stack has of a secret. */
export interface StackValue {
  readonly stack: string;
  /** Under its key now. */
  readonly current: string | undefined;
  /** Beside it, while it is being exchanged. */
  readonly former: string | undefined;
  /** What its host was brought up with last; undefined where nothing says. */
  readonly applied: string | undefined;
}

/** The two values of an exchange. */
export interface Values {
  /** Null where nothing has it any more: an exchange is about to end. */
  readonly old: string | null;
  /** Null where none is chosen yet: nothing has begun. */
  readonly fresh: string | null;
}

/** What is asked of the values. */
interface Asked {
  /** The key of the stacks' config, for people. */
  readonly key: string;
  /** The operator's own new value. */
  readonly given: string | undefined;
  /** A host still has a former value in its files. */
  readonly leftOver: boolean;
}

const PLAIN = /^[!-~]{1,512}$/;

/** A value that no client has to prepare, and that no file or statement has to quote. @throws UserError, exit code 2 */
export function plainValue(text: string): string {
  const value = text.replace(/\r?\n$/, "");
  if (PLAIN.test(value)) return value;
  throw new UserError(
    "what came on standard input is no password: 1 to 512 printable ASCII characters in one line, without blanks",
    "openssl rand -hex 24 | understudy rotate NAME --from-stdin",
    2,
  );
}

/**
 * Which value is the former one, and which the new. In an exchange that has begun the former one stands beside the key.
 * Where the key alone was changed, it is the one that the hosts were brought up with. Pure.
 * @throws UserError, exit code 3, when the stacks do not agree on one or the other
 */
export function valuesOf(stacks: readonly StackValue[], { key, given, leftOver }: Asked): Values {
  const refused = (words: string, next: string): UserError => new UserError(`understudy:${key}: ${words}`, next, 3);
  const names = stacks.map(({ stack }) => stack).join(" and ");
  const formers = distinct(stacks.map(({ former }) => former));
  const currents = distinct(stacks.map(({ current }) => current));
  const applied = distinct(stacks.map((one) => one.applied));
  const [former] = formers;
  const reference = former === undefined ? applied : [former];
  if (formers.length > 1)
    throw refused(
      `the former values of the stacks ${names} are not the same`,
      `pulumi -s ${stacks[0]?.stack ?? ""} config get understudy:${key}Before, and the same of the other stack: put the one in both that the servers take`,
    );
  const changed = reference.length === 0 ? [] : currents.filter((one) => !reference.includes(one));
  const old = former ?? (changed.length > 0 ? applied[0] : currents[0]);
  if (changed.length > 1 || (former === undefined && (changed.length > 0 ? applied : currents).length > 1))
    throw refused(
      `it is not the same in the stacks ${names}`,
      `pulumi -s ${stacks.at(-1)?.stack ?? ""} config set --secret understudy:${key}, with the value of the other stack`,
    );
  if (old === undefined) throw refused("no stack has one", `pulumi config set --secret understudy:${key}`);
  const [chosen] = changed;
  const ending = former === undefined && chosen === undefined && leftOver;
  const fresh = ending ? old : (chosen ?? null);
  if (given !== undefined && fresh !== null && fresh !== given)
    throw refused(
      "another value is on its way to the pair",
      "the same command without --from-stdin, which goes on with that one",
    );
  const coming = fresh ?? given ?? null;
  return { old: ending || old === coming ? null : old, fresh: coming };
}

function distinct(values: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(values.filter((one) => one !== undefined))];
}
