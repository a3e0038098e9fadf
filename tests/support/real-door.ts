import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { keeperProgram } from "../../components/door";
import { doorConfig, poolerConfig, type DoorServer } from "../../components/door-config";
import { bounded, pollUntil } from "../../drills/hosts/bounded";
import type { OpenDoor } from "../../drills/hosts/doors";
import { trustBundle } from "../../settings/certificates/clients";
import type { StackCertificates } from "../../settings/certificates/stored";
import { clientsSchema } from "../../settings/clients-section";
import { DOOR_SOCKETS, DOOR_USER, doorLeaves } from "../../settings/doors";
import { frontLeaves } from "../../settings/front";
import { DATABASE } from "../../settings/names";
import type { StoreName } from "../../settings/services";
import { freePort } from "./free-port";
import { hasEnded } from "./has-ended";

const CLIENTS = clientsSchema.parse({ pgbouncer: { auth_database: false } });

/** Stands in for the agent of a host: it says of each store what it was told to say. */
export class StandInAgent {
  readonly primary: Record<StoreName, boolean>;

  private constructor(
    private readonly server: Server,
    isPrimary: boolean,
  ) {
    this.primary = { timescaledb: isPrimary, redis: isPrimary };
  }

  static async start(isPrimary: boolean): Promise<StandInAgent> {
    const server = createServer();
    const agent = new StandInAgent(server, isPrimary);
    server.on("request", (request, response) => {
      const store = new URL(request.url ?? "/", "http://agent").searchParams.get("store") as StoreName;
      response.writeHead(agent.primary[store] ? 200 : 503).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return agent;
  }

  get address(): string {
    return `127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  says(isPrimary: boolean): void {
    this.primary.timescaledb = this.primary.redis = isPrimary;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** How a pooler lends its sessions to clients: the product's is `transaction`. */
export type PoolMode = "transaction" | "session";

/** One host, as a door on this machine finds it. */
export interface RealDoorHost {
  readonly name: string;
  readonly postgres: number;
  readonly redisTls: number;
  readonly agent: string;
}

function serverOf({ name, postgres, redisTls, agent }: RealDoorHost): DoorServer {
  return {
    ...{ name, asked: agent, encrypted: false, question: (store: StoreName) => `/primary?store=${store}` },
    stores: { timescaledb: `127.0.0.1:${String(postgres)}`, redis: `127.0.0.1:${String(redisTls)}` },
  };
}

/** The door of one host on this machine: HAProxy, PgBouncer and the keeper, each a process of its own. */
export class RealDoor {
  #said = "";
  #keeper: ChildProcess | undefined;
  readonly #processes: ChildProcess[] = [];

  private constructor(
    private readonly folder: string,
    readonly host: string,
    /** Where clients come. */
    readonly ports: { readonly postgres: number; readonly redis: number },
  ) {}

  static async start(
    folder: string,
    own: RealDoorHost,
    peer: RealDoorHost,
    certificates: StackCertificates,
    times: { readonly silenceMs: number; readonly toldMs: number },
    poolMode: PoolMode = "transaction",
  ): Promise<RealDoor> {
    const [pooler, inside, redis, healthPort] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    const door = new RealDoor(folder, own.name, { postgres: pooler, redis });
    mkdirSync(path.join(folder, "door"), { recursive: true });
    const file = (name: string): string => path.join(folder, name);
    const { server, role } = doorLeaves(certificates);
    const { client: front } = frontLeaves(certificates);
    const listens = { postgres: `127.0.0.1:${String(inside)}`, redis: `127.0.0.1:${String(redis)}` };
    const files = {
      "ca.crt": trustBundle(certificates),
      "door/server.pem": server.certificate + server.key,
      "door/front.pem": front.certificate + front.key,
      "door/server.crt": server.certificate,
      "door/server.key": server.key,
      "door/role.crt": role.certificate,
      "door/role.key": role.key,
      "door/haproxy.cfg": doorConfig(
        CLIENTS,
        { own: serverOf(own), peer: serverOf(peer) },
        { file, folder, listens, healthPort, nameServer: "127.0.0.1:53" },
      ),
      "door/pgbouncer.ini": poolerConfig(CLIENTS, DATABASE, {
        ...{ file, folder, listen: "127.0.0.1", port: pooler, door: { host: "127.0.0.1", port: inside } },
      }).replace("pool_mode = transaction", `pool_mode = ${poolMode}`),
      "keeper.js": keeperProgram(),
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(file(name), content);
    for (const name of [".", "door", ...Object.keys(files)]) chownSync(file(name), ...nobody());
    chmodSync(folder, 0o755);
    door.#start("haproxy", "-W", "-db", "-f", file("door/haproxy.cfg"));
    door.#start(process.env["UNDERSTUDY_TEST_PGBOUNCER"] ?? "pgbouncer", file("door/pgbouncer.ini"));
    const words = [String(pooler), String(times.silenceMs), String(times.toldMs)];
    door.#keeper = door.#start(process.execPath, file("keeper.js"), folder, ...words);
    const { reached, reading } = await pollUntil(
      () => door.leads().catch((error: unknown) => String(error)),
      (leads) => typeof leads !== "string" && Object.values(leads).every((sides) => sides.length === 1),
      { deadlineMs: 20_000, pauseMs: 50 },
    );
    if (!reached) throw new Error(`the door of ${own.name} does not come: ${JSON.stringify(reading)} ${door.#said}`);
    return door;
  }

  get said(): string {
    return this.#said;
  }

  /** Another drill's way to the keeper. */
  open(): OpenDoor {
    return { host: this.host, keeper: talkTo(path.join(this.folder, DOOR_SOCKETS.keeper)) };
  }

  /** Where it leads each store. */
  async leads(): Promise<Record<string, readonly string[]>> {
    const { keeper } = this.open();
    try {
      const lines = await keeper.ask("arm", 3000);
      return Object.fromEntries(
        lines
          .map((line) => line.split("="))
          .map(([store = "", sides = ""]) => [store, sides.split(",").filter(Boolean)]),
      );
    } finally {
      keeper.close();
    }
  }

  /** Says something to HAProxy itself. */
  haproxy(words: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(path.join(this.folder, DOOR_SOCKETS.runtime), () => socket.end(`${words}\n`));
      socket.resume();
      socket.on("error", reject);
      socket.on("close", () => resolve());
    });
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#processes.map(async (one) => {
        if (hasEnded(one)) return;
        const ended = new Promise((resolve) => one.once("exit", resolve));
        one.kill(one === this.#keeper ? "SIGKILL" : "SIGTERM");
        await bounded("the end of a door", 5000, ended).catch(() => one.kill("SIGKILL"));
      }),
    );
  }

  #start(program: string, ...words: readonly string[]): ChildProcess {
    const [uid, gid] = nobody();
    const child = spawn(program, words, { uid, gid, cwd: "/", stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
    child.on("error", (error) => (this.#said += String(error)));
    this.#processes.push(child);
    return child;
  }
}

function talkTo(socketPath: string): OpenDoor["keeper"] {
  const socket = connect(socketPath);
  let lines: string[] = [];
  let waiting: PromiseWithResolvers<readonly string[]> | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let ended: Error | undefined;
  const fail = (error: Error): void => waiting?.reject(error);
  const end = (error: Error): void => fail((ended ??= error));
  socket.on("close", () => end(new Error("the keeper has ended")));
  const input = createInterface({ input: socket });
  for (const one of [socket, input]) one.on("error", end);
  input.on("line", (line) => {
    if (line === "ok") waiting?.resolve(lines);
    else if (line.startsWith("error ")) fail(new Error(line.slice("error ".length)));
    else {
      lines.push(line);
      return;
    }
    lines = [];
  });
  return {
    ask: (line, timeoutMs) => {
      const answer = turn.then(() => {
        if (ended) throw ended;
        waiting = Promise.withResolvers();
        socket.write(`${line}\n`);
        return bounded(line, timeoutMs, waiting.promise);
      });
      turn = answer.catch(() => undefined);
      return answer;
    },
    close: () => void socket.destroy(),
  };
}

function nobody(): [number, number] {
  const id = (flag: string): number => Number(execFileSync("id", [flag, DOOR_USER], { encoding: "utf8" }));
  return [id("-u"), id("-g")];
}
