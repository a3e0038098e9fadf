import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { guardScript } from "../../drills/hosts/guard-script";
import { freePort } from "../support/free-port";
import { openLocalEye, type LocalEye } from "../support/local-eyes";
import { knownAsGone, looksAt, type Sight } from "../support/looked-at";
import { canRunRedis, REDIS_PASSWORD, startRedis, type RealRedis } from "../support/real-redis";
import { SHELLS } from "../unit/guard/stage";

/** Both ways of looking, at a real Redis: what each state of it is taken for. */
describe("signs of life of a real Redis", function () {
  this.timeout(120_000);
  let folder: string | undefined;
  let server: RealRedis;
  const sockets: Socket[] = [];
  const eyes: LocalEye[] = [];

  before(async function () {
    if (!canRunRedis()) this.skip();
    folder = mkdtempSync(path.join(tmpdir(), "understudy-alive-"));
    mkdirSync(path.join(folder, "files/current"), { recursive: true });
    server = await startRedis(folder, { "busy-reply-threshold": "100" });
  });
  afterEach(() => {
    for (const eye of eyes.splice(0)) eye.close();
    for (const one of sockets.splice(0)) one.destroy();
  });
  after(async () => {
    if (folder === undefined) return;
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Looks from here and, by each shell, as a standby does. */
  function looks({ port = server.port, password = REDIS_PASSWORD } = {}): Sight {
    const base = folder ?? "";
    writeFileSync(path.join(base, "files/current/redis"), password);
    const variables = {
      UNDERSTUDY_BIN: base,
      UNDERSTUDY_PEER_ADDRESS: "127.0.0.1",
      UNDERSTUDY_PEER_PORT: String(port),
    };
    const opened = SHELLS.map(([, ...shell]) => openLocalEye("redis", shell, variables));
    eyes.push(...opened);
    return { store: "redis", port, password, eyes: opened };
  }

  /** What a boot guard takes the peer for. */
  function guardsPeer(port: number): string {
    const guard = readFileSync(path.resolve(__dirname, "../../configs/guard/redis-guard.sh"), "utf8");
    const [, part = ""] = /^(ask_peer\(\) \{.*?)^own_address/ms.exec(guard) ?? [];
    return execFileSync(
      "sh",
      ["-uc", `bin='${folder ?? ""}'\n${guardScript("redis-login.sh")}\n${part}\nask_peer; echo "$peer"`],
      {
        encoding: "utf8",
        env: {
          ...{ PATH: process.env["PATH"], UNDERSTUDY_PEER_HOST: "host-a", UNDERSTUDY_PEER_ADDRESS: "127.0.0.1" },
          ...{ UNDERSTUDY_PEER_PORT: String(port), UNDERSTUDY_PEER_TIMEOUT: "2" },
        },
      },
    ).trim();
  }

  async function expectAlive(sight: Sight, here: string, there = here): Promise<void> {
    expect(guardsPeer(sight.port)).to.equal("unclear");
    const [operator, ...standby] = await looksAt(sight);
    expect(operator).to.include({ answers: false, alive: true, code: here });
    for (const look of standby) expect(look).to.include({ answers: false, alive: true, code: there });
    const { signals, refusal } = await knownAsGone(sight);
    expect(signals.map(({ gone }) => gone)).to.deep.equal([false, false]);
    expect(refusal?.reason).to.include(here);
    expect(refusal?.next).to.include("--fence-live-primary");
  }

  it("one that serves answers with its role", async () => {
    for (const look of await looksAt(looks())) expect(look).to.deep.equal({ answers: true, role: "primary" });
    expect(guardsPeer(server.port)).to.equal("primary");
  });

  it("one at maxclients lives, though it closes every connection", async () => {
    const before = server.cli("config", "get", "maxclients").split("\n").at(-1) ?? "";
    server.cli("config", "set", "maxclients", "4");
    for (let at = 0; at < 4; at += 1) {
      const socket = connect({ host: "127.0.0.1", port: server.port });
      socket.on("error", () => undefined);
      sockets.push(socket);
      await new Promise((resolve) => socket.once("connect", resolve));
    }
    await sleep(50);
    try {
      await expectAlive(looks(), "ERR");
    } finally {
      for (const one of sockets.splice(0)) one.destroy();
      await sleep(50);
      server.cli("config", "set", "maxclients", before);
    }
  });

  it("one that is busy with a script lives", async () => {
    const runs = connect({ host: "127.0.0.1", port: server.port });
    sockets.push(runs);
    runs.write(`AUTH "${REDIS_PASSWORD}"\r\nEVAL "while true do end" 0\r\n`);
    await sleep(400);
    try {
      await expectAlive(looks(), "BUSY");
    } finally {
      server.cli("script", "kill");
    }
  });

  it("one that does not take the password lives", async () => {
    await expectAlive(looks({ password: "a wrong one" }), "WRONGPASS", "NOAUTH");
  });

  it("one that lets our user in for less than is asked is asked as `default`, and lives where that is not let in", async () => {
    const guard = path.join(folder ?? "", "files/current/guard");
    server.cli("acl", "setuser", "understudy_guard", "on", ">ours", "-@all", "+ping");
    try {
      for (const password of ["ours", "not ours"]) {
        writeFileSync(guard, password);
        for (const look of await looksAt(looks())) expect(look).to.deep.equal({ answers: true, role: "primary" });
        expect(guardsPeer(server.port)).to.equal("primary");
        await expectAlive(looks({ password: "a wrong one" }), "WRONGPASS", "NOAUTH");
      }
    } finally {
      rmSync(guard);
      server.cli("acl", "deluser", "understudy_guard");
    }
  });

  it("one that loads its data answers with its role", async () => {
    const base = path.join(folder ?? "", "loading");
    mkdirSync(base);
    const full = await startRedis(base);
    full.cli("eval", "for at = 1, 10000 do redis.call('set', at, at) end", "0");
    full.cli("save");
    await full.stop();
    const loading = await startRedis(base, {
      "key-load-delay": "400",
      "loading-process-events-interval-bytes": "1024",
    });
    try {
      expect(loading.cli("ping")).to.include("LOADING");
      for (const look of await looksAt(looks({ port: loading.port })))
        expect(look).to.deep.equal({ answers: true, role: "primary" });
    } finally {
      await loading.stop();
    }
  });

  it("one that is frozen is silent, in five seconds as in one", async () => {
    const frozen = looks();
    server.signal("SIGSTOP");
    try {
      expect(guardsPeer(server.port)).to.equal("silent");
      for (const within of [1000, 5000]) {
        for (const look of await looksAt(frozen, within))
          expect(look).to.include({ answers: false, alive: false, code: null });
      }
      const { signals, refusal } = await knownAsGone(frozen);
      expect(signals.map(({ gone }) => gone)).to.deep.equal([true, true]);
      expect(refusal).to.equal(undefined);
    } finally {
      server.signal("SIGCONT");
    }
  });

  it("a port on which nobody listens is silent", async () => {
    const port = await freePort();
    for (const look of await looksAt(looks({ port })))
      expect(look).to.include({ answers: false, alive: false, code: null });
    expect(guardsPeer(port)).to.equal("silent");
  });

  it("a port that takes connections and closes them without a word is silent", async () => {
    const mute: Server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = mute.address() as { port: number };
      for (const look of await looksAt(looks({ port })))
        expect(look).to.include({ answers: false, alive: false, code: null });
    } finally {
      mute.close();
    }
  });
});
