/** What a server says of a role. */
export interface RoleFacts {
  readonly name: string;
  readonly mayLogIn: boolean;
  /** Most connections at once; -1 without a limit. */
  readonly connectionLimit: number;
  /** What the server keeps of its password; null without one, and null of roles that are not declared. */
  readonly verifier: string | null;
  /** Attributes that reach far beyond its own objects, as ALTER ROLE has them. */
  readonly attributes: readonly string[];
  readonly memberOf: readonly string[];
  /** What COMMENT ON ROLE has noted of it. */
  readonly note: string | null;
  /** How many objects it owns in each database. */
  readonly owns: Readonly<Record<string, number>>;
}

/** What a server says of a database. */
export interface DatabaseFacts {
  readonly name: string;
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** Most connections at once; -1 without a limit. */
  readonly connectionLimit: number;
  /** Whether anybody at all can be in it. */
  readonly letsIn: boolean;
  /** Rights of roles by name, in lower case as GRANT has them. */
  readonly rights: Readonly<Record<string, readonly string[]>>;
}

/** One right that is declared in a schema of a database, and what of it is not there. */
export interface SchemaFacts {
  readonly role: string;
  readonly schema: string;
  readonly exists: boolean;
  readonly lacks: readonly string[];
  /** How many tables and views lack one of the declared rights. */
  readonly tables: number;
  readonly sequences: number;
  /** Which of the declared rights what the owner makes later would lack. */
  readonly laterTables: readonly string[];
  readonly laterSequences: readonly string[];
}

/** What is in a database, as far as declarations ask. */
export interface InsideFacts {
  readonly extensions: readonly string[];
  readonly schemas: readonly SchemaFacts[];
}

/** What a server has of what is declared, and what else. */
export interface ServerFacts {
  readonly roles: readonly RoleFacts[];
  readonly databases: readonly DatabaseFacts[];
  /** Extensions that the server's image has. */
  readonly extensions: readonly string[];
  /** By database; those that are not there, or let nobody in, are missing. */
  readonly inside: Readonly<Record<string, InsideFacts>>;
}

/** What is noted of a role that `up` has made for an application: of a role without it nobody says that it is not declared. */
export const DECLARED = "understudy: declared in the environment file";

/** The note of a role that is declared, which keeps what somebody else has noted. Pure. */
export function noted(note: string | null): string {
  if (note === null || note === "") return DECLARED;
  return note.includes(DECLARED) ? note : `${note} (${DECLARED})`;
}
