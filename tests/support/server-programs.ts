import { globSync } from "node:fs";

/** The variable that names the folder of another PostgreSQL's programs, for the tests of real servers. */
export const POSTGRES_VARIABLE = "UNDERSTUDY_TEST_POSTGRES";

/**
 * Folder of the PostgreSQL programs that tests start: the one that `UNDERSTUDY_TEST_POSTGRES` names, else that of the newest
 * PostgreSQL of this machine; undefined where it has none. Those of Redis are found by PATH.
 */
export const POSTGRES_BIN = process.env[POSTGRES_VARIABLE] ?? globSync("/usr/lib/postgresql/*/bin").sort().at(-1);
