import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client } from "pg";
import { knownAsGone, looksAt, type Sight } from "../support/looked-at";
import { freePort } from "../support/free-port";
import { openLocalEye, type LocalEye } from "../support/local-eyes";
import { canRunPostgres, POSTGRES_PASSWORD, startPostgres, type RealPostgres } from "../support/real-postgres";
import { POSTGRES_BIN } from "../support/server-programs";
import { SHELLS } from "../unit/guard/stage";

/** Both ways of looking, at a real PostgreSQL: what each state of it is taken for. */
describe("signs of life of a real PostgreSQL", function () {
  this.timeout(120_000);
  let folder = "";
  let server: RealPostgres;
  let started = false;
  const sessions: Client[] = [];
  const eyes: LocalEye[] = [];

  before(async function () {
    if (!canRunPostgres()) this.skip();
    folder = mkdtempSync(path.join(tmpdir(), "understudy-alive-"));
    chmodSync(folder, 0o755);
    mkdirSync(path.join(folder, "server"));
    mkdirSync(path.join(folder, "understudy"));
    server = await startPostgres(path.join(folder, "server"));
    started = true;
    server.sql("postgres", "create role reader login password 'the right one'");
  });
  afterEach(async () => {
    for (const eye of eyes.splice(0)) eye.close();
    for (const one of sessions.splice(0)) await one.end().catch(() => undefined);
  });
  after(() => {
    if (started) server.stop();
    if (folder === "") return;
    rmSync(folder, { recursive: true, force: true });
  });

  /** Looks from here and, by each shell, as a standby does. */
  function looks({ port = server.port, password = POSTGRES_PASSWORD } = {}): Sight {
    writeFileSync(path.join(folder, "understudy/pgpass"), `*:*:*:postgres:${password}\n`, { mode: 0o600 });
    const variables = {
      PATH: `${POSTGRES_BIN ?? ""}:${process.env["PATH"] ?? ""}`,
      PGDATA: path.join(folder, "pgdata"),
      UNDERSTUDY_PEER_ADDRESS: "127.0.0.1",
      UNDERSTUDY_PEER_PORT: String(port),
    };
    const opened = SHELLS.map(([, ...shell]) => openLocalEye("timescaledb", shell, variables));
    eyes.push(...opened);
    return { store: "timescaledb", port, password, eyes: opened };
  }

  async function occupy(user: string, count: number): Promise<number> {
    let refused = 0;
    for (let at = 0; at < count; at += 1) {
      const one = new Client({
        ...{ host: "127.0.0.1", port: server.port, user, password: POSTGRES_PASSWORD, database: "understudy" },
      });
      one.on("error", () => undefined);
      await one.connect().then(
        () => void sessions.push(one),
        () => (refused += 1),
      );
    }
    return refused;
  }

  it("one that serves answers with its role", async () => {
    for (const look of await looksAt(looks())) expect(look).to.deep.equal({ answers: true, role: "primary" });
  });

  it("one whose connections are used up lives, by SQLSTATE 53300: 105 sessions", async () => {
    expect(await occupy("postgres", 105)).to.be.greaterThan(0);
    const [here, ...there] = await looksAt(looks());
    expect(here).to.include({ answers: false, alive: true, code: "53300" });
    for (const look of there) expect(look).to.include({ answers: false, alive: true, code: "not-let-in" });
    const { signals, refusal } = await knownAsGone(looks());
    expect(signals.map(({ gone }) => gone)).to.deep.equal([false, false]);
    expect(refusal?.reason).to.include("53300");
    expect(refusal?.next).to.include("--fence-live-primary");
  });

  it("one with reserved connections alone still lets the superuser in", async () => {
    expect(await occupy("reader", 100)).to.be.greaterThan(0);
    for (const look of await looksAt(looks())) expect(look).to.deep.equal({ answers: true, role: "primary" });
  });

  it("one that does not take the password lives, by SQLSTATE 28P01", async () => {
    const [here, ...there] = await looksAt(looks({ password: "a wrong one" }));
    expect(here).to.include({ answers: false, alive: true, code: "28P01" });
    for (const look of there) expect(look).to.include({ answers: false, alive: true });
  });

  it("one without the pair's database lives, by SQLSTATE 3D000", async () => {
    server.sql("postgres", "alter database understudy rename to away");
    try {
      const [here, ...there] = await looksAt(looks());
      expect(here).to.include({ answers: false, alive: true, code: "3D000" });
      for (const look of there) expect(look).to.include({ answers: false, alive: true });
    } finally {
      server.sql("postgres", "alter database away rename to understudy");
    }
  });

  it("a WARNING before the answer changes nothing", async () => {
    server.sql("postgres", "create database icu template template0 locale_provider icu icu_locale 'en'");
    server.sql("postgres", "update pg_database set datcollversion = '1' where datname = 'icu'");
    server.sql("postgres", "alter database understudy rename to away", "alter database icu rename to understudy");
    try {
      for (const look of await looksAt(looks())) expect(look).to.deep.equal({ answers: true, role: "primary" });
    } finally {
      server.sql("postgres", "alter database understudy rename to icu", "alter database away rename to understudy");
    }
  });

  it("one that speaks another language is understood: nothing is decided by its words", async () => {
    server.stop();
    server.start({ LANGUAGE: "de" });
    server.sql("postgres", "alter system set lc_messages = 'C.UTF-8'", "select pg_reload_conf()");
    const [here, ...there] = await looksAt(looks({ password: "a wrong one" }));
    expect(here).to.include({ answers: false, alive: true, code: "28P01" });
    for (const look of there) expect(look).to.include({ answers: false, alive: true });
    for (const look of await looksAt(looks())) expect(look).to.deep.equal({ answers: true, role: "primary" });
  });

  it("one in recovery that takes nobody in lives, by SQLSTATE 57P03", async () => {
    server.stop();
    writeFileSync(path.join(server.data, "standby.signal"), "");
    writeFileSync(path.join(server.data, "postgresql.auto.conf"), "hot_standby = 'off'\n");
    try {
      // pg_ctl waits for a server that takes sessions.
      server.run("sh", "-c", `pg_ctl -D "$1" -W -l "$1/../log" start >/dev/null`, "sh", server.data);
      const rejecting = looks();
      let seen = await looksAt(rejecting);
      for (let turn = 0; turn < 50 && seen.some((one) => !one.answers && one.code !== "57P03"); turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        seen = await looksAt(rejecting);
      }
      for (const look of seen) expect(look).to.include({ answers: false, alive: true, code: "57P03" });
      const { signals, refusal } = await knownAsGone(rejecting);
      expect(signals.map(({ gone }) => gone)).to.deep.equal([false, false]);
      expect(refusal?.reason).to.include("57P03");
    } finally {
      server.stop();
      rmSync(path.join(server.data, "standby.signal"));
      writeFileSync(path.join(server.data, "postgresql.auto.conf"), "");
      server.start();
    }
  });

  it("one that is frozen is silent, in five seconds as in one", async () => {
    const frozen = looks();
    server.signal("SIGSTOP");
    try {
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
    for (const look of await looksAt(looks({ port: await freePort() })))
      expect(look).to.include({ answers: false, alive: false, code: null });
  });

  it("one that cannot start a process for a session lives: it says so without a SQLSTATE, and closes", async () => {
    const full: Server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end("Ecould not fork new process for connection: Cannot allocate memory\n\0"));
    });
    await new Promise<void>((resolve) => full.listen(0, "127.0.0.1", resolve));
    try {
      const sight = looks({ port: (full.address() as { port: number }).port });
      expect((await looksAt(sight))[0]).to.include({ answers: false, alive: true });
      const { signals, refusal } = await knownAsGone(sight);
      expect(signals[0]).to.include({ gone: false });
      expect(refusal?.next).to.include("--fence-live-primary");
    } finally {
      full.close();
    }
  });

  it("a boot guard tells the peer that lives from the silent one", async () => {
    const common = path.resolve(__dirname, "../../configs/guard/postgres-common.sh");
    const listens = (port: number): string =>
      execFileSync("sh", ["-c", `. "$1"; if peer_listens; then echo lives; else echo silent; fi`, "sh", common], {
        encoding: "utf8",
        env: {
          PATH: `${POSTGRES_BIN ?? ""}:${process.env["PATH"] ?? ""}`,
          ...{ PGDATA: path.join(folder, "pgdata"), UNDERSTUDY_PEER_ADDRESS: "127.0.0.1" },
          ...{ UNDERSTUDY_PEER_PORT: String(port), UNDERSTUDY_PEER_TIMEOUT: "2" },
        },
      }).trim();
    expect(listens(server.port)).to.equal("lives");
    expect(await occupy("postgres", 105)).to.be.greaterThan(0);
    expect(listens(server.port), "without a connection left").to.equal("lives");
    expect(listens(await freePort())).to.equal("silent");
    server.signal("SIGSTOP");
    try {
      expect(listens(server.port), "frozen").to.equal("silent");
    } finally {
      server.signal("SIGCONT");
    }
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
