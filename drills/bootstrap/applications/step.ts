import type { Applications } from "../../../settings/applications";

/** One thing to make or to change. Its words have no secret; its statements may have a verifier, and no password. */
export interface Step {
  readonly words: string;
  /** The database in which it is done, in one transaction with the others there; undefined: it makes a database. */
  readonly in: string | undefined;
  /** A database that is not there yet, and has to be before. */
  readonly after?: string | undefined;
  /** Said one after the other; those of a step that makes a database in no transaction but their own. */
  readonly statements: () => readonly string[];
}

/** What a part of the plan has found. */
export interface Part {
  readonly steps: readonly Step[];
  /** What is there and is otherwise than declared, and what only a person may change. */
  readonly conflicts: readonly string[];
  /** What is declared and cannot be made yet, and what it waits for. */
  readonly waiting: readonly string[];
}

/** What is declared, and how far a plan may go. */
export interface Wanted {
  readonly applications: Applications;
  /** By application; undefined where nobody compares passwords. */
  readonly passwords: ReadonlyMap<string, string> | undefined;
  /** Another password than the one that a role was made with is given to it; else it is a conflict. */
  readonly changePasswords: boolean;
}
