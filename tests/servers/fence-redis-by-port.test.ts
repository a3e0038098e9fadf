import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { connectRedis, identifyRedis, type RedisSession } from "../../drills/hosts/redis";
import { FENCE_REDIS } from "../../drills/unplanned/redis-fence-script";
import { ownRedisPassword, redisUsersFile } from "../../settings/own-redis-users";
import { canRunRedis, REDIS_PASSWORD, startRedis, type RealRedis } from "../support/real-redis";

/** Writes numbered keys to a Redis as fast as it acknowledges them, and notes which it did. */
class Writer {
  readonly acknowledged: number[] = [];
  #stopped = false;
  readonly #ended: Promise<void>;

  constructor(private readonly session: RedisSession) {
    this.#ended = this.#write();
  }

  async #write(): Promise<void> {
    for (let number = 1; !this.#stopped; number += 1) {
      try {
        await this.session.command("SET", `w${number}`, "v");
        this.acknowledged.push(number);
      } catch {
        return;
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }
}

describe("a live Redis is fenced through its own port, by real servers", function () {
  this.timeout(60_000);
  let folder: string;
  let [old, standby]: (RealRedis | undefined)[] = [];
  let sessions: RedisSession[] = [];
  let further: RealRedis[] = [];

  before(function () {
    if (!canRunRedis()) this.skip();
  });
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "understudy-fence-"));
    for (const name of ["a", "b", "bin", "state/salvage"]) mkdirSync(path.join(folder, name), { recursive: true });
    old = await startRedis(path.join(folder, "a"), { "repl-diskless-sync-delay": "0" });
    standby = await startRedis(path.join(folder, "b"), { "replica-announce-ip": "127.0.0.1" });
    const session = await open(standby);
    await session.command("CONFIG", "SET", "replica-announce-port", String(standby.port));
    await session.command("REPLICAOF", "127.0.0.1", String(old.port));
    await until("the link", async () => (await identifyRedis(session)).follows?.linkUp === true);
    for (let at = 0; at < 50; at += 1) await (await open(old)).command("SET", `k${at}`, "v");
  });
  afterEach(async () => {
    for (const session of sessions) session.close();
    for (const server of [old, standby, ...further]) await server?.stop();
    [sessions, further] = [[], []];
    rmSync(folder, { recursive: true, force: true });
  });

  async function open({ port }: RealRedis): Promise<RedisSession> {
    const session = await connectRedis({ address: "127.0.0.1", port, password: REDIS_PASSWORD });
    sessions.push(session);
    return session;
  }

  async function until(what: string, seen: () => Promise<boolean>): Promise<void> {
    const { reached } = await pollUntil(seen, (yes) => yes, { deadlineMs: 15_000, pauseMs: 20 });
    if (!reached) throw new Error(`never seen: ${what}`);
  }

  function program(name: string, text: string): void {
    writeFileSync(path.join(folder, "bin", name), `#!/bin/sh\n${text}\n`);
    chmodSync(path.join(folder, "bin", name), 0o755);
  }

  /** Gives the order on the standby's host, as in its container. */
  async function fence(): Promise<{ code: number | null; said: string; complained: string }> {
    const cli = execFileSync("sh", ["-c", "command -v redis-cli"], { encoding: "utf8" }).trim();
    const own = `case " $* " in *' -p '*) ;; *) set -- -p ${standby?.port ?? 0} "$@" ;; esac`;
    program("redis-cli", `${own}\nexec ${cli} "$@"`);
    mkdirSync(path.join(folder, "files/current"), { recursive: true });
    writeFileSync(path.join(folder, "files/current/redis"), `${REDIS_PASSWORD}\n`);
    const child = spawn("sh", ["-c", FENCE_REDIS, "sh", path.join(folder, "state")], {
      env: {
        PATH: `${path.join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
        UNDERSTUDY_BIN: folder,
        UNDERSTUDY_PEER_ADDRESS: "127.0.0.1",
        UNDERSTUDY_PEER_PORT: String(old?.port),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [said, complained] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (said += data.toString()));
    child.stderr.on("data", (data: Buffer) => (complained += data.toString()));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { code, said, complained };
  }

  /** The link is cut by a wrong password, and the old primary gets keys that the standby never has, of every kind. */
  async function fallBehind(): Promise<void> {
    const session = await open(standby!);
    await session.command("CONFIG", "SET", "masterauth", "wrong");
    await (await open(old!)).command("CLIENT", "KILL", "TYPE", "replica");
    await until("the cut", async () => (await identifyRedis(session)).follows?.linkUp === false);
    const primary = await open(old!);
    await primary.command("SET", "only here", "v");
    await primary.command("EVAL", "redis.call('select', 5) return redis.call('set', '\\255', '\\254')", "0");
  }

  const salvages = (): readonly string[] => readdirSync(path.join(folder, "state/salvage"));

  it("when the standby has everything: nothing is kept, and no acknowledged write is missing", async () => {
    const writer = new Writer(await open(old!));
    await sleep(300);
    const { code, said, complained } = await fence();
    expect([code, said, salvages()], complained).to.deep.equal([0, "", []]);
    await writer.stop();
    expect((await identifyRedis(await open(old!))).role).to.equal("standby");
    const session = await open(standby!);
    const missing = [];
    for (const number of writer.acknowledged)
      if ((await session.command("EXISTS", `w${number}`)) !== 1) missing.push(number);
    expect(writer.acknowledged).to.not.be.empty;
    expect(missing).to.deep.equal([]);
  });

  it("when the standby has fallen behind: everything is fetched before, every database, up to the last acknowledged write", async () => {
    await fallBehind();
    const writer = new Writer(await open(old!));
    await sleep(300);
    const { code, said, complained } = await fence();
    expect(code, complained).to.equal(0);
    const [name = ""] = salvages();
    expect(said.trim()).to.equal(`kept ${name}`);
    await writer.stop();
    expect((await identifyRedis(await open(old!))).role).to.equal("standby");
    const read = await startRedis(path.join(folder, "state/salvage", name));
    further.push(read);
    const session = await open(read);
    expect(await session.command("GET", "only here")).to.equal("v");
    expect(await session.command("EVAL", "redis.call('select', 5) return redis.call('exists', '\\255')", "0")).to.equal(
      1,
    );
    const missing = [];
    for (const number of writer.acknowledged)
      if ((await session.command("EXISTS", `w${number}`)) !== 1) missing.push(number);
    expect(writer.acknowledged).to.not.be.empty;
    expect(missing, "acknowledged and not fetched").to.deep.equal([]);
  });

  it("as the guard's user, where both servers know it, and nothing is refused to it", async () => {
    const credentials = { postgres: "super", redis: REDIS_PASSWORD };
    mkdirSync(path.join(folder, "files/current"), { recursive: true });
    writeFileSync(path.join(folder, "files/current/guard"), ownRedisPassword(credentials, "understudy_guard"));
    const ours = redisUsersFile(credentials)
      .split("\n")
      .filter((line) => line.startsWith("user understudy_"));
    for (const server of [old!, standby!])
      for (const line of ours) await (await open(server)).command("ACL", "SETUSER", ...line.split(" ").slice(1));
    await fallBehind();
    const { code, said, complained } = await fence();
    expect([code, said.trim()], complained).to.deep.equal([0, `kept ${salvages()[0] ?? ""}`]);
    expect((await identifyRedis(await open(old!))).role).to.equal("standby");
    for (const server of [old!, standby!])
      expect(String(await (await open(server)).command("ACL", "LOG"))).to.not.include("understudy_");
  });

  for (const [what, prepare, why] of [
    ["there is no room for it", () => program("df", "echo; echo x x x 10 x"), /no room to fetch it/],
    [
      "the copy breaks off",
      (): void => program("redis-check-rdb", "exit 1"),
      /has not everything, and it could not be fetched/,
    ],
    // As when this was stopped for a while.
    [
      "the pause ended meanwhile",
      (): void => program("redis-check-rdb", "sleep 9.5"),
      /the pause of its writes may have ended/,
    ],
  ] as const) {
    it(`not at all when ${what}: it goes on as a primary, and writes go on`, async () => {
      await fallBehind();
      prepare();
      const { code, complained } = await fence();
      expect(code).to.equal(1);
      expect(complained).to.match(why);
      const session = await open(old!);
      expect((await identifyRedis(session)).role).to.equal("primary");
      expect(await session.command("SET", "after", "v")).to.equal("OK");
      expect(await session.command("GET", "only here")).to.equal("v");
      expect(salvages().filter((one) => existsSync(path.join(folder, "state/salvage", one, "partial")))).to.be.empty;
    });
  }
});
