import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import type { Role } from "../../settings/pair";
import type { HostStack } from "../failover/pair-stacks";
import type { HostFacts } from "./plan";
import type { Values } from "./values";

/** What is seen of a pair's secret, with its values, in memory alone. */
export interface SeenSecret {
  readonly hosts: readonly HostFacts[];
  readonly values: Values;
}

/** What is asked for. */
export interface SecretAsked {
  readonly environment: Environment;
  readonly stacks: readonly HostStack[];
  /** What the stores are now, by host. */
  readonly roles: Readonly<Record<string, Role>>;
  /** The pair's own passwords. */
  readonly credentials: Credentials;
  readonly given: string | undefined;
  /** The values of a run that is at work: they are not looked for again. */
  readonly known?: Values | undefined;
}

/** One secret that the steps of an exchange can be done for. */
export interface RotatedSecret {
  /** What follows `understudy rotate`. */
  readonly word: string;
  /** The key of both stacks' config. */
  readonly key: string;
  /** Clients have it too, and its store takes two: the former one stays until the operator says that nobody needs it. */
  readonly keepsOld: boolean;
  /** Who has which value now. Changes nothing. @throws UserError, exit code 3, when the stacks do not agree */
  read(asked: SecretAsked): Promise<SeenSecret>;
  /** What the primary's PostgreSQL is told: verifiers alone. */
  statement(fresh: string, credentials: Credentials): string;
  /** The passwords that our own sessions have meanwhile. */
  sessions(credentials: Credentials, values: { readonly old: string | null; readonly fresh: string }): Credentials;
}
