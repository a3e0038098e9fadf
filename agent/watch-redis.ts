import { readFileSync } from "node:fs";
import { connect as connectPlain, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls } from "node:tls";
import type { AgentConfig } from "../settings/agent-config";
import { decodeReply, encodeCommand, parseInfo, RedisRefusal } from "./resp";
import type { Asked, RedisSight } from "./sight";
import { passwordsOf } from "./passwords";

/** How long a server may take for a connection, or for an answer, milliseconds. */
const BOUND_MS = 1500;

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,20}$/.test(text) ? Number(text) : null;
}

/** What a Redis is, by its `INFO`; undefined when that does not say what role it has. Pure. */
export function redisSight(info: ReadonlyMap<string, string>): RedisSight | undefined {
  const said = info.get("role");
  if (said !== "master" && said !== "slave") return undefined;
  const standby = said === "slave";
  const [max, maxClients] = [numberOf(info.get("maxmemory")), numberOf(info.get("maxclients"))];
  // While its append-only file cannot be written it refuses writes; without that file this is not in error.
  const failed = info.get("aof_last_write_status") === "err";
  const paused = ["write", "all"].some((what) => (info.get("paused_actions") ?? "").includes(what));
  return {
    role: standby ? "standby" : "primary",
    writable: standby ? false : !failed && !paused && info.get("loading") === "0",
    position: numberOf(info.get(standby ? "slave_repl_offset" : "master_repl_offset")),
    timeline: null,
    history: info.get("master_replid") ?? null,
    receives: standby ? info.get("master_link_status") === "up" && info.get("master_sync_in_progress") === "0" : null,
    connections: numberOf(info.get("connected_clients")),
    connectionsMax: maxClients === 0 ? null : maxClients,
    usedBytes: numberOf(info.get("used_memory")),
    maxBytes: max === 0 ? null : max,
  };
}

/** Asks this host's Redis what it is, over one session that is kept; as `PostgresWatch`. */
export class RedisWatch {
  #socket: Socket | undefined;
  /** How the last turn went; `silent` at once when the session ends. */
  asked: Asked<RedisSight> | null = null;

  constructor(private readonly config: Pick<AgentConfig, "stores" | "host" | "files">) {}

  /** One turn. Never fails: what went wrong is in `asked`. @param encrypts whether the server does; null: nobody knows */
  async turn(encrypts: boolean | null): Promise<void> {
    try {
      const socket = this.#socket ?? (await this.#open(encrypts));
      const sight = redisSight(parseInfo(await ask(socket, ["INFO"])));
      if (sight === undefined) throw new RedisRefusal("NOROLE");
      this.asked = { kind: "said", sight, atMs: Date.now() };
    } catch (error) {
      this.close();
      const code = (error as { code?: string }).code ?? "TIMEOUT";
      this.asked = { kind: error instanceof RedisRefusal ? "refused" : "silent", code, atMs: Date.now() };
    }
  }

  /** Ends the session. */
  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  async #open(encrypts: boolean | null): Promise<Socket> {
    const socket = await this.#connect(encrypts);
    try {
      await this.#logIn(socket);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    this.#socket = socket;
    socket.on("close", () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.asked = { kind: "silent", code: "ENDED", atMs: Date.now() };
    });
    return socket;
  }

  async #logIn(socket: Socket): Promise<void> {
    const [now = "", former] = passwordsOf(this.config.files, "redis");
    await ask(socket, ["AUTH", "understudy_agent", now]).catch((error: unknown) => {
      if (former === undefined || !(error instanceof RedisRefusal) || error.code !== "WRONGPASS") throw error;
      return ask(socket, ["AUTH", "understudy_agent", former]);
    });
  }

  #connect(encrypts: boolean | null): Promise<Socket> {
    const { address, port, tlsPort, encrypts: ours } = this.config.stores.redis;
    const { host, files } = this.config;
    return new Promise((resolve, reject) => {
      const tls = ours && encrypts === true;
      const socket = tls
        ? connectTls({
            ...{ host: address, port: tlsPort, ca: readFileSync(`${files}/ca.crt`, "utf8"), minVersion: "TLSv1.2" },
            checkServerIdentity: (_asked, certificate) => checkServerIdentity(host, certificate),
          })
        : connectPlain({ host: address, port });
      const timer = setTimeout(() => {
        socket.destroy();
        reject(new Error("no connection"));
      }, BOUND_MS);
      socket.on("error", (error: Error) => {
        clearTimeout(timer);
        reject(error);
      });
      socket.once(tls ? "secureConnect" : "connect", () => {
        clearTimeout(timer);
        resolve(socket);
      });
    });
  }
}

/** Says one command. @throws RedisRefusal for an error that it answered, Error when it ends or is silent */
function ask(socket: Socket, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let came = Buffer.alloc(0);
    const end = (how: () => void): void => {
      clearTimeout(timer);
      socket.off("data", take).off("close", closed);
      how();
    };
    const closed = (): void => end(() => reject(Object.assign(new Error("it ended"), { code: "ENDED" })));
    const take = (chunk: Buffer): void => {
      came = Buffer.concat([came, chunk]);
      try {
        const answer = decodeReply(came);
        if (answer === undefined) return;
        const { reply } = answer;
        end(() => (reply instanceof RedisRefusal ? reject(reply) : resolve(reply)));
      } catch (error) {
        end(() => reject(error instanceof Error ? error : new Error("not an answer of Redis")));
      }
    };
    const timer = setTimeout(() => end(() => reject(new Error("no answer"))), BOUND_MS);
    socket.on("data", take).on("close", closed);
    socket.write(encodeCommand(words));
  });
}
