import type { Environment } from "./environment";
import { UserError } from "./user-error";

/**
 * A host in the words that destroy what it holds, such as `prodlike/host-a`: two environments have hosts of one name, and
 * the words of one must not be the words of the other.
 */
export function hostWord({ name }: Pick<Environment, "name">, host: string): string {
  return `${name}/${host}`;
}

/**
 * The host that such a word names.
 * @param asWords the command with a word in its place, for the error
 * @throws UserError, exit code 3, when the word is none of this environment's
 */
export function hostOfWord(
  environment: Pick<Environment, "name" | "hosts">,
  word: string,
  asWords: (word: string) => string,
): string {
  const hosts = Object.keys(environment.hosts);
  const named = hosts.find((host) => hostWord(environment, host) === word);
  if (named !== undefined) return named;
  const meant = hosts.find((host) => word === host || word.endsWith(`/${host}`)) ?? hosts[0] ?? "";
  throw new UserError(
    `words that destroy name the environment too: ${hosts.map((host) => hostWord(environment, host)).join(" or ")}, not ${JSON.stringify(word)}`,
    asWords(hostWord(environment, meant)),
    3,
  );
}
