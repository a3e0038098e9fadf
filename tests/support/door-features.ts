import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { OpenCopy, Pipeline } from "./submittables";

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
  /** Before the switchover. What it gives is looked at afterwards; it lasts as long as `lasting`, an expression of SQL. */
  readonly begin: (client: Client, lasting: string) => Promise<UnderWay | undefined>;
  /** While the doors wait for transactions to end: how this one ends. */
  readonly during?: (client: Client) => Promise<unknown>;
  /** What begins while the doors hold clients, whether they hold this one or not. */
  readonly held?: (client: Client, lasting: string) => UnderWay;
  /** Whether it is still there; without it what `begin` gave has to end well. */
  readonly after?: (client: Client) => Promise<boolean>;
}

const HEARD_MS = 500;
/** What PgBouncer says of its own accord. */
const POOLER_REFUSES = "08P01";
/** A pooler lends a client a session of the server when it first asks something. */
const AT_WORK = (client: Client): Promise<undefined> => client.query("select 1").then(() => undefined);
const rowOf = async (client: Client, text: string): Promise<unknown> =>
  Object.values((await client.query<Record<string, unknown>>(text)).rows[0] ?? {})[0];

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
const POSTGRES_CASES: readonly PostgresCase[] = [
  {
    feature: "idle session",
    begin: AT_WORK,
    after: async (client) => (await rowOf(client, "select 1")) === 1,
  },
  {
    feature: "statement under way",
    begin: (client, lasting) => Promise.resolve({ work: client.query(`select ${lasting}`) }),
  },
  {
    feature: "pipeline under way",
    begin: (client, lasting) => {
      const pipeline = new Pipeline([
        `select ${lasting}`,
        "insert into understudy.events (run, seq) values ('piped', 1)",
      ]);
      client.query(pipeline);
      return Promise.resolve({ work: pipeline.ended });
    },
    after: async (client) =>
      (await rowOf(client, "select count(*)::int from understudy.events where run = 'piped'")) === 1,
  },
  {
    feature: "statement that begins while clients wait",
    begin: AT_WORK,
    held: (client, lasting) => ({ work: client.query(`select ${lasting}`) }),
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
    begin: (client, lasting) => {
      const rows = `select case when i = 50 then ${lasting} end, i from generate_series(1, 100) i`;
      return Promise.resolve({ work: client.query(`copy (${rows}) to stdout`) });
    },
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

const NO_CODE = "closed";

/** SQLSTATE of an error, or that the connection ended without one. */
export function sqlstateOf(error: unknown): string {
  const { code = "" } = error as { code?: string };
  return /^[0-9A-Z]{5}$/.test(code) ? code : NO_CODE;
}

/** One case at work. */
export class RunningCase {
  #given: UnderWay | undefined;
  #over = false;
  #wentOn = false;
  /** What ended its session. */
  #ended: string | undefined;
  #failed: string | undefined;

  private constructor(
    readonly kind: PostgresCase,
    private readonly client: Client,
    private readonly lasting: string,
  ) {
    client.on("error", (error) => (this.#ended ??= sqlstateOf(error)));
  }

  /** Has the client of each case do its work; all begin at the same time. @param lasting see `PostgresCase` */
  static async beginAll(clientOf: () => Client, lasting: string): Promise<readonly RunningCase[]> {
    return Promise.all(POSTGRES_CASES.map((kind) => RunningCase.#begun(kind, clientOf, lasting)));
  }

  /** A pooler that cannot reach the primary yet, as a door on a busy machine that hears its agents late, is asked again. */
  static async #begun(kind: PostgresCase, clientOf: () => Client, lasting: string): Promise<RunningCase> {
    for (let again = 50; ; again -= 1) {
      const running = new RunningCase(kind, clientOf(), lasting);
      try {
        await running.client.connect();
        running.#give(await kind.begin(running.client, lasting));
        return running;
      } catch (error) {
        running.client.connection.stream.destroy();
        if (again === 0 || sqlstateOf(error) !== POOLER_REFUSES) throw error;
        await sleep(100);
      }
    }
  }

  /** Whether it was to last, and has ended by itself: too soon for a test of what a switchover does to it. */
  get isOver(): boolean {
    return this.#over;
  }

  #give(given: UnderWay | undefined): void {
    this.#given = given;
    given?.work.then(
      () => (this.#over = true),
      () => undefined,
    );
  }

  /** While the doors hold clients. */
  async during(): Promise<void> {
    this.hold();
    await this.#goOn();
  }

  async #goOn(): Promise<void> {
    if (this.#wentOn) return;
    this.#wentOn = true;
    await this.kind.during?.(this.client).catch((error: unknown) => (this.#failed = this.#codeOf(error)));
  }

  /** The same, but it ends nothing that is under way. */
  hold(): void {
    if (this.kind.held) this.#give(this.kind.held(this.client, this.lasting));
  }

  /** What it was told first: a session that has ended refuses what comes afterwards without a code. */
  #codeOf(error: unknown): string {
    const code = sqlstateOf(error);
    return code === NO_CODE ? (this.#ended ?? code) : code;
  }

  /** @throws never: what went wrong is what was seen */
  async look(): Promise<SeenFate> {
    try {
      await this.#given?.work;
      await this.#goOn();
      if (this.#failed !== undefined) return { fate: "ended", code: this.#failed };
      const isThere = await (this.kind.after?.(this.client) ?? Promise.resolve(true));
      return { fate: isThere ? "survives" : "gone", code: null };
    } catch (error) {
      const code = this.#codeOf(error);
      return { fate: /^(26000|34000|42P01)$/.test(code) ? "gone" : "ended", code };
    } finally {
      this.client.connection.stream.destroy();
    }
  }
}
