import { sha256, UNKNOWN_DIGEST } from "../../settings/application-secrets";
import { UserError } from "../../settings/user-error";
import type { Values } from "./values";

/** What one stack has of an application's password. */
export interface ApplicationStack {
  readonly stack: string;
  /** Under its key now. */
  readonly current: string | undefined;
  /** What stands beside it while it is being exchanged: the digest of the former one. */
  readonly former: string | undefined;
}

interface Asked {
  /** The key of the stacks' config, for people. */
  readonly key: string;
  readonly given: string | undefined;
  /** Every digest that the hosts' files have of it, each once; none where the application has no user of Redis. */
  readonly digests: readonly string[];
  /** Whether the primary's PostgreSQL has this one. */
  readonly isTold: (password: string) => boolean;
}

/**
 * Which value is the former one, as its digest, and which the new. Nobody but the application logs in with it, so the
 * former one itself is needed nowhere. Where the key alone was changed, its digest is the one that the files have. Pure.
 * @throws UserError, exit code 3, when the stacks do not agree on one or the other
 */
export function applicationValues(stacks: readonly ApplicationStack[], { key, given, digests, isTold }: Asked): Values {
  const names = stacks.map(({ stack }) => stack).join(" and ");
  const refused = (words: string, next: string): UserError => new UserError(`understudy:${key}: ${words}`, next, 3);
  const distinct = (all: readonly (string | undefined)[]): readonly string[] => [
    ...new Set(all.filter((one) => one !== undefined)),
  ];
  const formers = distinct(stacks.map(({ former }) => former));
  const currents = distinct(stacks.map(({ current }) => current));
  const set = `pulumi -s ${stacks.at(-1)?.stack ?? ""} config set --secret understudy:${key}`;
  if (currents.length === 0) throw refused("no stack has one", set);
  if (formers.length > 1)
    throw refused(
      `what the stacks ${names} keep of the former one is not the same`,
      `pulumi -s ${stacks.at(-1)?.stack ?? ""} config set --secret understudy:${key}Before, with the value of the other stack`,
    );
  const [former] = formers;
  const coming = former === undefined ? currents : currents.filter((one) => sha256(one) !== former);
  if (coming.length > 1 || (former === undefined && stacks.some(({ current }) => current === undefined)))
    throw refused(`it is not the same in the stacks ${names}`, `${set}, with the value of the other stack`);
  const [chosen] = coming;
  const others = digests.filter((one) => chosen === undefined || one !== sha256(chosen));
  const inUse = chosen !== undefined && isTold(chosen) && (digests.length === 0 || digests.includes(sha256(chosen)));
  if (former === undefined && inUse && others.length === 0)
    return { old: sha256(chosen), fresh: checked(given ?? null, chosen) };
  // One that is ending has nothing beside the key any more, and one that the config alone began has nothing yet.
  const fresh = chosen ?? given ?? null;
  if (given !== undefined && fresh !== given)
    throw refused(
      "another value is on its way to the pair",
      "the same command without --from-stdin, which goes on with that one",
    );
  return { old: former ?? (others.length === 1 ? others[0] : undefined) ?? UNKNOWN_DIGEST, fresh };
}

/** The operator's own value, which has to be another one. @throws UserError, exit code 2 */
function checked(given: string | null, current: string): string | null {
  if (given !== current) return given;
  throw new UserError(
    "what came on standard input is the password that the application has",
    "the same command without --from-stdin, which makes one",
    2,
  );
}
