import { setTimeout as sleep } from "node:timers/promises";
import type { SeenFate } from "./door-features";
import type { RespConnection } from "./resp-connection";

const SCRIPT = "return redis.call('incr', KEYS[1])";
const HEARD_MS = 2000;

/** The code that a command failed with; null where it was answered. */
async function codeOf(work: Promise<unknown>): Promise<string | null> {
  return work.then(
    () => null,
    (error: unknown) => (error as Error).message.split(" ", 1)[0] ?? "",
  );
}

function fateOf(code: string | null): SeenFate {
  if (code === null) return { fate: "survives", code };
  return { fate: code === "UNBLOCKED" || code === "closed" ? "ended" : code === "NOSCRIPT" ? "gone" : "refused", code };
}

/** What clients of Redis have under way at a door, each on a connection of its own, and what they see of a switchover. */
export class RedisFeatures {
  readonly seen = new Map<string, SeenFate>();
  readonly #open: RespConnection[] = [];
  readonly #work: Record<string, RespConnection> = {};
  #popped: Promise<string | null> | undefined;
  #read: Promise<string | null> | undefined;
  #sha = "";

  constructor(private readonly connect: () => Promise<RespConnection>) {}

  async begin(): Promise<void> {
    const [idle, exec, watch, blocked, reading, subscribed, cached, told] = await this.#many(8);
    if (!idle || !exec || !watch || !blocked || !reading || !subscribed || !cached || !told) return;
    Object.assign(this.#work, { idle, exec, watch, subscribed, cached, told });
    await idle.ask("SET", "a", "1");
    await exec.ask("MULTI");
    await exec.ask("SET", "a", "exec");
    await watch.ask("WATCH", "a");
    this.#popped = codeOf(blocked.ask("BLPOP", "queue", "0"));
    this.#read = codeOf(reading.ask("XREAD", "BLOCK", "0", "STREAMS", "nothing", "$"));
    await subscribed.ask("SUBSCRIBE", "news");
    this.#sha = String(await idle.ask("SCRIPT", "LOAD", SCRIPT));
    const id = String(await told.ask("CLIENT", "ID"));
    await told.ask("SUBSCRIBE", "__redis__:invalidate");
    await cached.ask("CLIENT", "TRACKING", "ON", "REDIRECT", id);
    await cached.ask("GET", "a");
  }

  /** Right after the exchange; the agents do not know of it yet. */
  async soon(): Promise<void> {
    const { idle, exec, watch, subscribed, told } = this.#work;
    if (!idle || !exec || !watch || !subscribed || !told) return;
    const note = async (feature: string, work: Promise<string | null>): Promise<unknown> =>
      this.seen.set(feature, fateOf(await work));
    await note("BLPOP and other blocking writes", within(this.#popped));
    await note("XREAD BLOCK", within(this.#read));
    await note("read on an old connection, in the first seconds", codeOf(idle.ask("GET", "a")));
    await note("write on an old connection", codeOf(idle.ask("SET", "a", "late")));
    const [first, second] = [codeOf(idle.ask("GET", "a")), codeOf(idle.ask("SET", "a", "piped"))];
    await note(
      "pipeline, its writes",
      Promise.all([first, second]).then(([, code]) => code),
    );
    await note("MULTI/EXEC, begun before", codeOf(exec.ask("EXEC")));
    await watch.ask("MULTI");
    await watch.ask("SET", "a", "watched").catch(() => undefined);
    await note("WATCH, then MULTI/EXEC", codeOf(watch.ask("EXEC")));
    await note("script with a write", codeOf(idle.ask("EVAL", SCRIPT, "1", "counted")));
    const [anew] = await this.#many(1);
    if (!anew) return;
    await note("write on a new connection", codeOf(anew.ask("SET", "a", "anew")));
    await note("cached script (EVALSHA), on a new connection", codeOf(anew.ask("EVALSHA", this.#sha, "1", "counted")));
    await note(
      "SUBSCRIBE, in the first seconds",
      heard(subscribed, () => anew.ask("PUBLISH", "news", "from the new")),
    );
    // The write above has already told it, where the old server still tells.
    await note(
      "client-side caching, in the first seconds",
      heard(told, () => anew.ask("SET", "a", "told")),
    );
  }

  /** When the agents have said it, and the doors have closed what was left. */
  async later(): Promise<void> {
    const { idle, subscribed } = this.#work;
    if (!idle || !subscribed) return;
    this.seen.set("old connection, when its agent says that it is no primary", fateOf(await codeOf(idle.ask("PING"))));
    this.seen.set("SUBSCRIBE, when its agent says that it is no primary", fateOf(await codeOf(subscribed.ask("PING"))));
  }

  close(): void {
    for (const one of this.#open) one.close();
  }

  async #many(count: number): Promise<readonly RespConnection[]> {
    const made = await Promise.all(Array.from({ length: count }, () => this.connect()));
    this.#open.push(...made);
    return made;
  }
}

/** Who blocks on for longer than this survives. */
function within(work: Promise<string | null> | undefined): Promise<string | null> {
  return Promise.race([work ?? Promise.resolve(null), sleep(HEARD_MS).then(() => null)]);
}

/** Null where a message comes after the deed. */
async function heard(who: RespConnection, deed: () => Promise<unknown>): Promise<string | null> {
  const message = who.push().then(() => null);
  await deed();
  return Promise.race([message, sleep(HEARD_MS).then(() => "not-heard")]);
}
