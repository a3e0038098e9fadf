import type Docker from "dockerode";
import { containerName, DATABASE, SUPERUSER } from "../../settings/names";
import { openConversation, type Conversation } from "./conversation";
import type { PostgresSession } from "./postgres";
import { sessionOptions } from "./postgres-session";

/** Longest that a query takes, milliseconds. */
const QUERY_MS = 60_000;

/** A statement, with a bound of its own in milliseconds. */
type Statement = string | { readonly text: string; readonly query_timeout?: number };

/** What a session through `psql` can do of what one through the driver can: rows are as JSON has them. */
export type LocalSession = Pick<PostgresSession, "query" | "end">;

/** Sessions of the superuser over the local socket of one host's server, which nobody reaches over the network. */
export interface LocalServer {
  /** @throws Error with the server's words when it lets nobody in */
  open(database?: string): Promise<LocalSession>;
  /** Starts so many programs ahead of the questions, each of which costs a moment; never throws. */
  warm(count: number): Promise<void>;
  /** Ends all of them. */
  close(): void;
}

/** Statements whose answer is rows. */
const READS = /^\s*(select|with|insert|delete|update)\b/i;

/** One value as a literal; what is no text, number or truth value has no business here. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return literal(`{${value.map((one) => JSON.stringify(String(one))).join(",")}}`);
  const words = typeof value === "string" ? value : JSON.stringify(value);
  return `'${words.replaceAll("'", "''")}'`;
}

/** The text with `$1` and so on in place: `psql` has no parameters before version 16. */
export function withValues(text: string, values: readonly unknown[]): string {
  if (values.length === 0) return text;
  return text.replaceAll(/\$(\d+)/g, (_, number: string) => literal(values[Number(number) - 1]));
}

/** What `psql` is told for a statement; it answers with `row=JSON` lines, then `ok`, or `error SQLSTATE WORDS`. */
export function asTold(text: string, values: readonly unknown[] = []): string {
  const statement = withValues(text.trim().replace(/;$/, ""), values);
  const isReading = /^\s*select\b/i.test(statement) || /^\s*with\b/i.test(statement);
  const asked = isReading
    ? `select 'row=' || row_to_json(asked_for)::text from (\n${statement}\n) asked_for;`
    : READS.test(statement) && /\breturning\b/i.test(statement)
      ? `with asked_for as (\n${statement}\n) select 'row=' || row_to_json(asked_for)::text from asked_for;`
      : `${statement};`;
  return `${asked}\n\\if :ERROR\n\\echo error :SQLSTATE :LAST_ERROR_MESSAGE\n\\else\n\\echo ok\n\\endif`;
}

/** The command in the container whose stdin takes statements: the account that runs the server may be the superuser there. */
export function localPsql(socket = "/var/run/postgresql"): readonly string[] {
  return [
    ...["env", `PGOPTIONS=${sessionOptions()}`, "PGAPPNAME=understudy", "PGCLIENTENCODING=UTF8", "LC_ALL=C"],
    ...["psql", "-AtqX", "-h", socket, "-U", SUPERUSER, "-d", "template1"],
  ];
}

/** Speaks over a `psql` that is in a database. @param done called when the session is ended */
export function overPsql(conversation: Pick<Conversation, "ask">, done: () => void): LocalSession {
  const query = async (statement: Statement, values: readonly unknown[] = []): Promise<object> => {
    const { text, query_timeout: timeoutMs = QUERY_MS } =
      typeof statement === "string" ? { text: statement } : statement;
    const lines = await conversation.ask(asTold(text, values), timeoutMs, "psql");
    const rows = lines.filter((line) => line.startsWith("row=")).map((line) => JSON.parse(line.slice(4)) as unknown);
    return { rows, rowCount: rows.length };
  };
  const end = (): Promise<void> => {
    done();
    return Promise.resolve();
  };
  return { query, end } as unknown as LocalSession;
}

/** Enters a database by the `psql` of a conversation. @throws Error when it lets nobody in */
export async function enter(conversation: Pick<Conversation, "ask">, database: string): Promise<void> {
  const name = database.replaceAll(/[\\']/g, "\\$&");
  const connect = `\\connect -reuse-previous=on "dbname='${name.replaceAll('"', '""')}'"`;
  const latest = `select 'row=' || set_config(name, '0', false) from pg_settings where name = 'transaction_timeout';`;
  const where = `select 'in=' || current_database();`;
  const lines = await conversation.ask(`${connect}\n${latest}\n${where}\n\\echo ok`, QUERY_MS, "psql");
  if (!lines.includes(`in=${database}`)) throw new Error(`no session in database ${database} over the local socket`);
}

/**
 * Opens the way to the superuser's sessions of a host. Each `psql` costs 0.1-0.2 s; one that was ended is used again, in
 * another database.
 */
export function localServer(docker: Docker, host: string): LocalServer {
  const idle: Promise<Conversation | undefined>[] = [];
  const all = new Set<Conversation>();
  const start = async (): Promise<Conversation> => {
    const conversation = await openConversation(docker, host, containerName("timescaledb"), localPsql());
    all.add(conversation);
    return conversation;
  };
  return {
    warm: async (count) => {
      const started = await Promise.allSettled(Array.from({ length: count }, start));
      idle.push(...started.flatMap((one) => (one.status === "fulfilled" ? [Promise.resolve(one.value)] : [])));
    },
    open: async (database = DATABASE) => {
      const conversation = (await idle.pop()) ?? (await start());
      const giveUp = (): void => {
        all.delete(conversation);
        conversation.close();
      };
      await enter(conversation, database).catch((error: unknown) => {
        giveUp();
        throw error;
      });
      // It waits in our own database: nobody who drops another one is in its way.
      return overPsql(conversation, () => {
        const gone = (): undefined => {
          giveUp();
          return undefined;
        };
        idle.push(enter(conversation, DATABASE).then(() => conversation, gone));
      });
    },
    close: () => {
      for (const one of all) one.close();
    },
  };
}

/** The same session for who takes one of the driver's: of that, it has `query` and `end` alone. */
export function asSession(session: LocalSession): PostgresSession {
  return session as unknown as PostgresSession;
}
