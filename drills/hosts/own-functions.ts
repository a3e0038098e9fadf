import { OWN_FUNCTIONS, type OwnFunction, type OwnFunctionName, type OwnRole } from "../../settings/own-roles";
import type { Client } from "pg";

const DRILL: OwnRole = "understudy_drill";

/** What the drill's role carries out, each as the catalogue names it. */
const CALLED = [
  "pg_catalog.pg_promote(boolean, integer)",
  ...Object.entries<OwnFunction>(OWN_FUNCTIONS).map(([name, { takes }]) => `understudy.${name}(${takes})`),
];

/**
 * Sees that the drill's role may do all that a drill needs, before anything is touched: a right that is missing would be
 * seen when nothing takes writes any more.
 * @param mayBeStopped after an interrupted drill: of a stopped server nothing is asked
 * @throws Error naming what it may not do
 */
export async function requireRights(
  { host, sql }: { readonly host: { readonly name: string }; readonly sql: Client },
  { mayBeStopped = false } = {},
): Promise<void> {
  if (sql.user !== DRILL) return;
  const asked = sql.query<{ name: string }>(
    `select name from unnest($1::text[]) name
      where not coalesce(has_function_privilege(to_regprocedure(name), 'execute'), false)`,
    [CALLED],
  );
  const { rows } = await asked.catch((error: unknown) => {
    if (mayBeStopped) return { rows: [] };
    throw error;
  });
  if (rows.length === 0) return;
  const names = rows.map(({ name }) => name).join(", ");
  throw new Error(`${host.name}: role ${DRILL} may not call ${names}; next: understudy up --execute`);
}

/**
 * Carries out a statement that the drill's role may not say itself. A session of the superuser, of a pair whose data do
 * not have the roles yet, says it itself.
 * @returns the text of each row
 */
export async function callOwn(
  session: Client,
  name: OwnFunctionName,
  value: string | number,
): Promise<readonly string[]> {
  const { body, returns } = OWN_FUNCTIONS[name];
  const own = `select * from understudy.${name}($1) as one(value)`;
  const text = session.user === DRILL ? (returns === "void" ? `select understudy.${name}($1)` : own) : body;
  const { rows } = await session.query<Record<string, unknown>>(text, [value]);
  return rows.flatMap((row) =>
    Object.values(row)
      .filter((one) => one !== null)
      .map(String),
  );
}
