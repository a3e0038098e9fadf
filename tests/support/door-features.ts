import { setTimeout as sleep } from "node:timers/promises";
import { Client, type Connection, type Submittable } from "pg";

/** What a test saw of a feature. */
export interface SeenFate {
  readonly fate: "survives" | "ended" | "refused" | "gone";
  readonly code: string | null;
}

/** Work that has not ended; in an object, since a promise of a promise is awaited to its end. */
export interface UnderWay {
  readonly work: Promise<unknown>;
}

/** Something that a client of PostgreSQL has under way at a door. */
export interface PostgresCase {
  readonly feature: string;
  /** Before the switchover. What it gives is looked at afterwards. */
  readonly begin: (client: Client) => Promise<UnderWay | undefined>;
  /** While the doors wait for transactions to end: how this one ends. */
  readonly during?: (client: Client) => Promise<unknown>;
  /** Whether it is still there; without it what `begin` gave has to end well. */
  readonly after?: (client: Client) => Promise<boolean>;
}

const HEARD_MS = 500;
const rowOf = async (client: Client, text: string): Promise<unknown> =>
  Object.values((await client.query<Record<string, unknown>>(text)).rows[0] ?? {})[0];

/** What `pg` has of COPY, and does not declare. */
interface CopyFrom {
  endCopyFrom(): void;
  sendCopyFromChunk(chunk: Buffer): void;
}

/** A COPY that has sent a row, and ends when it is told to. */
class OpenCopy implements Submittable {
  readonly #ended = Promise.withResolvers<undefined>();
  readonly ended = this.#ended.promise;
  #connection: CopyFrom | undefined;

  submit(connection: Connection): void {
    connection.query("copy understudy.events (run, seq) from stdin");
  }

  handleCopyInResponse(connection: Connection): void {
    this.#connection = connection as unknown as CopyFrom;
    this.#connection.sendCopyFromChunk(Buffer.from("copied\t1\n"));
  }

  end(): void {
    this.#connection?.endCopyFrom();
  }

  handleError(error: Error): void {
    this.#ended.reject(error);
  }

  handleCommandComplete(): void {
    this.#ended.resolve(undefined);
  }

  handleReadyForQuery(): void {
    // Told by the command's end.
  }
}

const copies = new WeakMap<Client, OpenCopy>();

function inTransaction(feature: string, first: string, then: string): PostgresCase {
  return {
    feature,
    begin: async (client) => {
      await client.query("begin");
      await client.query(first);
      return undefined;
    },
    during: async (client) => {
      await client.query(then);
      await client.query("commit");
    },
  };
}

function ofSession(feature: string, made: string, isThere: (client: Client) => Promise<boolean>): PostgresCase {
  return { feature, begin: (client) => client.query(made).then(() => undefined), after: isThere };
}

/** Every line of the table: what clients of PostgreSQL do that a switchover may touch. */
export const POSTGRES_CASES: readonly PostgresCase[] = [
  {
    feature: "idle session",
    begin: () => Promise.resolve(undefined),
    after: async (client) => (await rowOf(client, "select 1")) === 1,
  },
  { feature: "statement under way", begin: (client) => Promise.resolve({ work: client.query("select pg_sleep(2)") }) },
  {
    feature: "statement that begins while clients are held",
    begin: () => Promise.resolve(undefined),
    during: (client) => {
      client.query("select $1::int as one", [1]).catch(() => undefined);
      return Promise.resolve();
    },
    after: async (client) => (await rowOf(client, "select 1")) === 1,
  },
  inTransaction(
    "open transaction",
    "insert into understudy.events (run, seq) values ('open', 1)",
    "insert into understudy.events (run, seq) values ('open', 2)",
  ),
  ofSession(
    "PREPARE in SQL",
    "prepare mine as select 1",
    async (client) => (await rowOf(client, "execute mine")) === 1,
  ),
  {
    feature: "prepared statement of the protocol",
    begin: (client) => client.query({ name: "named", text: "select 1" }).then(() => undefined),
    after: async (client) => (await client.query({ name: "named", text: "select 1" })).rows.length === 1,
  },
  ofSession("LISTEN", "listen news", async (client) => {
    const heard = new Promise<boolean>((resolve) => client.once("notification", () => resolve(true)));
    await client.query("select 1");
    await client.query("notify news");
    return Promise.race([heard, sleep(HEARD_MS).then(() => false)]);
  }),
  inTransaction("NOTIFY", "notify other", "select 1"),
  ofSession(
    "advisory lock of a session",
    "select pg_advisory_lock(71)",
    async (client) =>
      (await rowOf(client, "select count(*)::int from pg_locks where locktype = 'advisory' and objid = 71")) !== 0,
  ),
  inTransaction("advisory lock of a transaction", "select pg_advisory_xact_lock(72)", "select 1"),
  {
    feature: "COPY FROM STDIN",
    begin: async (client) => {
      const copy = new OpenCopy();
      copies.set(client, copy);
      client.query(copy);
      await sleep(200);
      return { work: copy.ended };
    },
    during: (client) => Promise.resolve(copies.get(client)?.end()),
  },
  {
    feature: "COPY TO STDOUT",
    begin: (client) =>
      Promise.resolve({
        work: client.query("copy (select pg_sleep(0.02), i from generate_series(1, 100) i) to stdout"),
      }),
  },
  inTransaction("cursor", "declare few cursor for select generate_series(1, 9)", "fetch 5 from few"),
  ofSession(
    "cursor WITH HOLD",
    "declare held cursor with hold for select generate_series(1, 9)",
    async (client) => (await rowOf(client, "fetch 1 from held")) === 1,
  ),
  ofSession("SET", "set work_mem = '7MB'", async (client) => (await rowOf(client, "show work_mem")) === "7MB"),
  inTransaction("SET LOCAL", "set local work_mem = '9MB'", "show work_mem"),
  ofSession(
    "temporary table",
    "create temporary table mine as select 1 as one",
    async (client) => (await rowOf(client, "select one from mine")) === 1,
  ),
];

/** SQLSTATE of an error, or that the connection ended without one. */
export function sqlstateOf(error: unknown): string {
  return (error as { code?: string }).code ?? "closed";
}

/** One case at work. */
export class RunningCase {
  #given: UnderWay | undefined;
  /** What ended its session. */
  #ended: string | undefined;
  #failed: string | undefined;

  private constructor(
    readonly kind: PostgresCase,
    private readonly client: Client,
  ) {
    client.on("error", (error) => (this.#ended ??= sqlstateOf(error)));
  }

  static async begin(kind: PostgresCase, client: Client): Promise<RunningCase> {
    const running = new RunningCase(kind, client);
    await client.connect();
    running.#given = await kind.begin(client);
    running.#given?.work.catch(() => undefined);
    return running;
  }

  async during(): Promise<void> {
    await this.kind.during?.(this.client).catch((error: unknown) => (this.#failed = sqlstateOf(error)));
  }

  /** @throws never: what went wrong is what was seen */
  async look(): Promise<SeenFate> {
    try {
      await this.#given?.work;
      if (this.#failed !== undefined) return { fate: "ended", code: this.#failed };
      const isThere = await (this.kind.after?.(this.client) ?? Promise.resolve(true));
      return { fate: isThere ? "survives" : "gone", code: null };
    } catch (error) {
      const code = this.#ended ?? sqlstateOf(error);
      return { fate: /^(26000|34000|42P01)$/.test(code) ? "gone" : "ended", code };
    } finally {
      this.client.connection.stream.destroy();
    }
  }
}
