import { execFileSync, type ChildProcess } from "node:child_process";
import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { parseAnswer, type AgentAnswer } from "../../drills/hosts/agent";
import { endClientSessions, sessionWords } from "../../drills/hosts/client-sessions";
import { connectPostgres, type PostgresSession } from "../../drills/hosts/postgres";
import { freePort } from "../support/free-port";
import { canRunPostgresApart, PostgresApart } from "../support/postgres-apart";
import { temporaryFolder } from "../support/temporary-folder";
import { SHELLS } from "../unit/guard/stage";

const SCRIPTS = path.resolve(__dirname, "../../configs/guard");
/** A backend that heeds neither a fast stop nor an end of its session: it waits for a program that does not heed them. */
const STUCK = `copy (select 1) to program 'trap "" TERM INT; exec sleep 40'`;

describe("a stop of a real PostgreSQL with a session that does not end", function () {
  this.timeout(120_000);
  const clients: ChildProcess[] = [];
  let server: PostgresApart | undefined;
  let postmaster: ChildProcess | undefined;
  let sql: PostgresSession | undefined;
  let port = 0;
  after(() => {
    for (const client of clients) client.kill("SIGKILL");
    server?.end();
  });
  const folder = temporaryFolder();

  const there = (): PostgresApart => {
    if (server === undefined) throw new Error("no server");
    return server;
  };
  const connected = (query: string): void => {
    clients.push(there().leave("psql", ...there().reach("postgres"), "-c", query));
  };
  const count = (query: string): number => Number(there().sql(`select count(*) from pg_stat_activity where ${query}`));

  async function until(what: string, seen: () => boolean): Promise<void> {
    const end = performance.now() + 20_000;
    for (;;) {
      try {
        if (seen()) return;
      } catch {
        // The server is not there (yet).
      }
      if (performance.now() > end) throw new Error(`never seen: ${what}`);
      await sleep(20);
    }
  }

  async function startServer(): Promise<void> {
    const words = [`unix_socket_directories=${folder()}`, `port=${port}`, "listen_addresses=127.0.0.1"];
    postmaster = there().leave("postgres", "-D", there().data, ...words.flatMap((one) => ["-c", one]));
    await until("a server that answers", () => there().sql("select 1") === "1");
  }

  async function stuckSession(): Promise<void> {
    connected(STUCK);
    await until("a stuck session", () => count("query like '%sleep 40%' and pid <> pg_backend_pid()") === 1);
  }

  /** Ends the program that the stuck session waits for. */
  function endProgram(): void {
    const backend = there().sql(`select pid from pg_stat_activity where query = $$${STUCK}$$`);
    const children = readFileSync(`/proc/${backend}/task/${backend}/children`, "utf8").split(" ").filter(Boolean);
    for (const child of children) process.kill(Number(child), "SIGKILL");
  }

  /** One answer of the agent, as a drill asks it. */
  async function asked(shell: readonly string[], command: string): Promise<AgentAnswer> {
    const agent = there().leave("env", `PGDATA=${there().data}`, ...shell, path.join(folder(), "agent.sh"));
    clients.push(agent);
    agent.stdin?.write(`${command}\n`);
    const lines: string[] = [];
    if (agent.stdout === null) throw new Error("no stdout");
    for await (const line of createInterface({ input: agent.stdout })) {
      if (line.startsWith("error ")) throw new Error(line);
      if (line === "ok") break;
      lines.push(line);
    }
    agent.stdin?.end();
    return parseAnswer(lines);
  }

  before(async function () {
    if (!canRunPostgresApart) this.skip();
    port = await freePort();
    server = new PostgresApart(folder());
    server.port = port;
    server.initialise();
    const uid = Number(execFileSync("id", ["-u", "postgres"], { encoding: "utf8" }));
    mkdirSync(path.join(folder(), "understudy"));
    chownSync(path.join(folder(), "understudy"), uid, uid);
    // In its container the scripts lie in one folder.
    for (const name of ["agent", "common"]) {
      const text = readFileSync(path.join(SCRIPTS, `postgres-${name}.sh`), "utf8");
      writeFileSync(path.join(folder(), `${name}.sh`), text.replaceAll(". /understudy/", `. ${folder()}/`));
    }
    await startServer();
  });
  after(() => void sql?.end().catch(() => undefined));

  it("is found while the server runs: every other session ends, this one is named, and clients are served on", async () => {
    sql = await connectPostgres({ address: "127.0.0.1", port, password: "" }, "postgres");
    for (let one = 0; one < 5; one += 1) connected("select pg_sleep(60)");
    connected("begin; create table kept (id int); select pg_sleep(60)");
    await until("six sessions", () => count("query like '%pg_sleep(60)%' and pid <> pg_backend_pid()") === 6);
    await stuckSession();
    const began = performance.now();
    const { told, left } = await endClientSessions(sql, "understudy_host_b", 2000);
    expect(performance.now() - began).to.be.within(2000, 3000);
    expect(told).to.be.at.least(7);
    expect(left.map(sessionWords).join()).to.match(/^pid \d+ \(postgres@postgres, psql, active\)$/);
    expect(there().sql("select 1")).to.equal("1");
  });

  it("is over in milliseconds where all of them heed", async () => {
    endProgram();
    await until("no stuck session", () => count("query like '%sleep 40%' and pid <> pg_backend_pid()") === 0);
    for (let one = 0; one < 20; one += 1) connected("select pg_sleep(60)");
    await until("the sessions", () => count("query like '%pg_sleep(60)%' and pid <> pg_backend_pid()") === 20);
    const began = performance.now();
    if (sql === undefined) throw new Error("no session");
    const { told, left } = await endClientSessions(sql, "understudy_host_b", 2000);
    expect(told).to.be.at.least(20);
    expect(left).to.deep.equal([]);
    expect(performance.now() - began).to.be.below(500);
  });

  for (const [name, ...shell] of SHELLS) {
    it(`is ended at once when it hangs, within the bound, and its next start recovers (${name})`, async () => {
      await stuckSession();
      const began = performance.now();
      const answer = await asked(shell, "demote 2 60");
      expect(performance.now() - began).to.be.within(2000, 8000);
      expect(answer.get("hung")).to.deep.equal(["2"]);
      expect(postmaster?.exitCode).to.not.equal(null);
      const control = there().run("env", "LC_ALL=C", "pg_controldata", "-D", there().data);
      expect(control).to.match(/Database cluster state: +in production/);
      await startServer();
    });

    it(`is clean where nothing hangs, and says where its log ends (${name})`, async () => {
      const answer = await asked(shell, "demote 10 60");
      expect(answer.get("hung")).to.equal(undefined);
      expect(answer.get("state")).to.deep.equal(["shut down"]);
      expect(answer.get("record")?.[0]).to.include("CHECKPOINT_SHUTDOWN");
      const deadline = Number(readFileSync(path.join(folder(), "understudy/demoting"), "utf8").split(" ", 1)[0]);
      expect(deadline - Date.now() / 1000).to.be.within(60, 90);
      await startServer();
    });
  }
});
