import type { Server, Socket } from "node:net";
import type { ProbeEndpoint } from "../../drills/probe/options";
import {
  backendMessage,
  fakePostgresServer,
  INSERTED,
  READY,
  reportBody,
  selected,
  TYPES,
} from "./fake-postgres-server";
import { fakeRedisServer } from "./fake-redis-server";

const HOSTS = ["host-a", "host-b"] as const;
type HostName = (typeof HOSTS)[number];

/**
 * `primary` writes, `standby` refuses, `silent` takes connections and answers nothing, `dead` has no open port; what was
 * connected when it died hears no more.
 */
type State = "primary" | "standby" | "silent" | "dead";

/** One event that a store has: its run and its number. */
interface StoredEvent {
  readonly run: string;
  readonly seq: number;
}

interface Store {
  readonly events: StoredEvent[];
  readonly server: Server;
  readonly port: number;
}

/** A pair of hosts on loopback, whose stores replicate at once as long as both are there. */
export class FakePair {
  readonly endpoints: readonly ProbeEndpoint[];
  /** Events that the other host gets, of those that are written; false loses them when the writer dies. */
  replicates = true;
  readonly #states: Record<HostName, State> = { "host-a": "primary", "host-b": "standby" };
  readonly #sockets = new Map<HostName, Set<Socket>>(HOSTS.map((name) => [name, new Set()]));

  private constructor(private readonly stores: Readonly<Record<HostName, { postgres: Store; redis: Store }>>) {
    const at = (port: number): ProbeEndpoint["redis"] => ({ host: "127.0.0.1", port });
    this.endpoints = HOSTS.map((name) => ({
      name,
      postgres: at(stores[name].postgres.port),
      redis: at(stores[name].redis.port),
    }));
  }

  static async start(): Promise<FakePair> {
    const made: { pair?: FakePair } = {};
    const startHost = async (name: HostName): Promise<FakePair["stores"][HostName]> => {
      const postgres = await fakePostgresServer((socket, { text, values }) =>
        made.pair?.sql(name, socket, text, values),
      );
      const redis = await fakeRedisServer((words) => made.pair?.command(name, words) ?? null);
      for (const { server } of [postgres, redis]) server.on("connection", (socket) => made.pair?.welcome(name, socket));
      return { postgres: { ...postgres, events: [] }, redis: { ...redis, events: [] } };
    };
    made.pair = new FakePair({ "host-a": await startHost("host-a"), "host-b": await startHost("host-b") });
    return made.pair;
  }

  /** How many events of a run a host has, in both stores. */
  counts(name: HostName, run: string): { postgres: number; redis: number } {
    const of = (store: Store): number => store.events.filter((event) => event.run === run).length;
    return { postgres: of(this.stores[name].postgres), redis: of(this.stores[name].redis) };
  }

  become(name: HostName, state: State): void {
    const was = this.#states[name];
    this.#states[name] = state;
    const { postgres, redis } = this.stores[name];
    if (state === "dead") {
      for (const { server } of [postgres, redis]) server.close();
      for (const socket of this.#sockets.get(name) ?? []) socket.destroy();
    } else if (was === "dead") {
      for (const { server, port } of [postgres, redis]) server.listen(port, "127.0.0.1");
    }
  }

  stop(): void {
    for (const name of HOSTS) this.become(name, "dead");
  }

  private welcome(name: HostName, socket: Socket): void {
    const all = this.#sockets.get(name);
    all?.add(socket);
    socket.once("close", () => all?.delete(socket));
  }

  private store(kind: "postgres" | "redis", name: HostName, event: StoredEvent): void {
    for (const host of HOSTS) {
      const reached = host === name || (this.replicates && this.#states[host] === "standby");
      if (reached) this.stores[host][kind].events.push(event);
    }
  }

  private sql(name: HostName, socket: Socket, text: string, [run = "", seq = ""]: readonly string[]): void {
    const state = this.#states[name];
    if (state === "silent") return;
    if (text.includes("pg_is_in_recovery")) {
      socket.write(selected({ standby: TYPES.bool }, [[state === "primary" ? "f" : "t"]]));
    } else if (text.startsWith("INSERT") && state !== "primary") {
      const refusal = backendMessage("E", reportBody("ERROR", "25006", "read-only"));
      socket.write(Buffer.concat([refusal, READY]));
    } else if (text.startsWith("INSERT")) {
      this.store("postgres", name, { run, seq: Number(seq) });
      socket.write(INSERTED);
    } else {
      const times = new Map<number, number>();
      for (const event of this.stores[name].postgres.events.filter((one) => one.run === run)) {
        times.set(event.seq, (times.get(event.seq) ?? 0) + 1);
      }
      socket.write(
        selected(
          { seq: TYPES.int8, times: TYPES.int4 },
          [...times].map((row) => row.map(String)),
        ),
      );
    }
  }

  private command(name: HostName, [verb, , from = "", , run = "", , seq = ""]: readonly string[]): string | null {
    const state = this.#states[name];
    const { events } = this.stores[name].redis;
    if (state === "silent") return null;
    if (verb === "ROLE") return list([bulk(state === "primary" ? "master" : "slave"), bulk("0")]);
    if (verb === "XADD" && state !== "primary") return "-READONLY You can't write against a read only replica.\r\n";
    if (verb === "XADD") {
      this.store("redis", name, { run, seq: Number(seq) });
      return bulk(`${Date.now()}-0`);
    }
    const first = from.startsWith("(") ? Number(from.slice(1).split("-")[0]) - 1_000_000 + 1 : 0;
    const page = events.slice(first, first + 1000);
    return list(
      page.map((event, at) =>
        list([bulk(`${1_000_000 + first + at}-0`), list(["run", event.run, "seq", String(event.seq)].map(bulk))]),
      ),
    );
  }
}

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
const list = (items: readonly string[]): string => `*${items.length}\r\n${items.join("")}`;
