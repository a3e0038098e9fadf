import { readFileSync } from "node:fs";
import type { Server } from "node:net";
import path from "node:path";
import { expect } from "chai";
import { noTurns, type DrillRun } from "../../../../drills/engine/drill-run";
import { StepRecorder } from "../../../../drills/engine/step-recorder";
import { DrillClock } from "../../../../drills/hosts/clock";
import type { HostSessions } from "../../../../drills/hosts/sessions";
import { demotePrimary } from "../../../../drills/planned/demote-primary";
import { plannedKind } from "../../../../drills/planned/planned";
import { promoteStandby } from "../../../../drills/planned/promote-standby";
import { USUAL_PING_SECONDS } from "../../../../drills/planned/redis-exchange";
import { noFacts } from "../../../../evidence/drill-facts";
import { messageOf } from "../../../../settings/user-error";
import { viewFrom } from "../../../../settings/pair";
import { fakePostgresServer, selected, TYPES } from "../../../support/fake-postgres-server";
import { sampleEnvironment } from "../../components/sample";

const SEALED = new Map([
  ["state", ["shut down"]],
  ["system", ["7300"]],
  ["timeline", ["1"]],
  ["checkpoint", ["0/3000028"]],
  ["segment", ["4194304"]],
  ["record", ["rmgr: XLOG len (rec/tot):    114/   114, CHECKPOINT_SHUTDOWN redo 0/3000028"]],
]);

const WITH_JOBS = {
  ...{ key: "background-jobs", store: "timescaledb", host: "host-a" },
  ...{ severity: "ended", detail: "metrics", next: null },
} as const;

/** One host's stores, as far as a switchover asks and changes them. */
class FakeHost {
  ping = String(USUAL_PING_SECONDS);
  readonly slots = new Set<string>();
  jobs: "run" | "rest" = "run";
  standby: boolean;
  redisRole: "master" | "slave";
  /** Sessions that end at once, and those that do not. */
  stuck: readonly object[] = [];

  constructor(
    readonly name: string,
    private readonly heard: (what: string) => void,
  ) {
    this.standby = name === "host-b";
    this.redisRole = this.standby ? "slave" : "master";
  }

  query(text: string, values: readonly unknown[] = []): Promise<{ rows: object[] }> {
    this.heard(`${this.name} ${text.replace(/\s+/g, " ").slice(0, 60)}`);
    return Promise.resolve({ rows: this.#rows(text, String(values[0])) });
  }

  #rows(text: string, first: string): object[] {
    if (text.includes("pg_locks")) return [{ held: true }];
    if (text.includes("pg_create_physical")) this.slots.add(first);
    if (text.includes("pg_drop_replication") && (this.standby || !text.includes("recovery"))) this.slots.delete(first);
    if (text.includes("pg_promote")) this.standby = false;
    if (text.includes("pg_stat_replication")) return [{ state: "streaming", receive: "0", replay: "0", seconds: null }];
    if (text.includes("clock_timestamp()")) return [{ now: "2026-11-30" }];
    if (text.includes("as behind")) return [{ behind: "0", later: "0" }];
    if (text.includes("max(written_at)")) return [{ newest: null, later: "0" }];
    if (text.includes("as written")) return [{ written: "0/30000A0" }];
    if (text.includes("as received")) return [{ received: "0/30000A0", replayed: "0/30000A0" }];
    if (text.includes("pg_terminate_backend(a.pid)")) return this.stuck.length > 0 ? [{ session: "7 1.5" }] : [];
    if (text.includes("a.application_name")) return [...this.stuck];
    if (text.includes("as system")) return [{ recovery: this.standby, system: "7300", timeline: 2, checksums: "on" }];
    if (text.includes("as recovery")) return [{ recovery: this.standby }];
    if (text.includes("pg_read_file")) return [{ content: "1\t0/30000A0\tno recovery target specified\n" }];
    return [];
  }

  command(...words: string[]): Promise<unknown> {
    this.heard(`${this.name} ${words.slice(0, 3).join(" ")}`);
    if (words[2] === "repl-ping-replica-period") this.ping = words[3] ?? "";
    if (words[0] === "REPLICAOF") this.redisRole = words[1] === "NO" ? "master" : "slave";
    if (words[0] === "INFO") {
      const link = "master_link_status:up\r\nmaster_host:203.0.113.1\r\nmaster_port:1\r\n";
      return Promise.resolve(
        `role:${this.redisRole}\r\nmaster_repl_offset:70\r\nslave_repl_offset:70\r\n${this.redisRole === "slave" ? link : ""}`,
      );
    }
    return Promise.resolve(words[0]?.startsWith("X") ? [] : "OK");
  }

  ask(command: string): Promise<ReadonlyMap<string, readonly string[]>> {
    this.heard(`${this.name} agent ${command.split(" ")[0] ?? ""}`);
    if (command === "jobs-rest") this.jobs = "rest";
    // A server that was stopped runs them with its next start.
    if (command === "jobs-run" || command.startsWith("demote")) this.jobs = "run";
    return Promise.resolve(command.startsWith("demote") ? SEALED : new Map([["resting", ["metrics"]]]));
  }
}

interface Played {
  readonly failure: string;
  readonly undone: string | null;
  readonly hosts: readonly [FakeHost, FakeHost];
  readonly heard: readonly string[];
}

describe("what a switchover has prepared on the hosts is taken back", () => {
  let server: Server | undefined;
  let port = 0;
  const opened: { hosts?: readonly FakeHost[] } = {};

  // A session that is opened anew reaches this one: a primary that takes writes again, and the standby's slots.
  before(async () => {
    ({ server, port } = await fakePostgresServer((socket, { text, values }) => {
      if (text.includes("pg_drop_replication")) opened.hosts?.[1]?.slots.delete(values[0] ?? "");
      socket.write(selected({ writable: TYPES.bool }, [["t"]]));
    }));
  });
  after(() => server?.close());

  /** Demotes and promotes; `fails` says which of the things that hosts hear fails. */
  async function play(fails: (what: string, at: number) => boolean, stuck: readonly object[] = []): Promise<Played> {
    const heard: string[] = [];
    const hear = (what: string): void => {
      heard.push(what);
      if (fails(what, heard.length - 1)) throw new Error(`it failed: ${what}`);
    };
    const hosts = [new FakeHost("host-a", hear), new FakeHost("host-b", hear)] as const;
    hosts[0].stuck = stuck;
    opened.hosts = hosts;
    const ports = { ...sampleEnvironment(2).ports, postgres: port, redis: 1 };
    const local = { address: "127.0.0.1", docker: "ssh://nowhere", replication_address: "203.0.113.1" };
    const environment = sampleEnvironment(2, {
      ports,
      hosts: { "host-a": { ...local, stack: "primary" }, "host-b": { ...local, stack: "standby" } },
    });
    const credentials = { postgres: "", replication: "", redis: "", grafana: "" };
    const sessions = (fake: FakeHost): HostSessions =>
      ({
        host: viewFrom(environment, fake.name).self,
        sql: {
          query: async (text: string, values?: unknown[]) => fake.query(text, values),
          end: () => Promise.resolve(),
        },
        redis: { command: async (...words: string[]) => fake.command(...words), close: () => undefined },
        agent: { ask: async (command: string) => fake.ask(command), close: () => undefined },
        close: () => undefined,
      }) as unknown as HostSessions;
    const run = {
      ...{ request: { id: "d-1", kind: "planned" }, environment, credentials, clock: DrillClock.start() },
      ...{
        from: sessions(hosts[0]),
        to: sessions(hosts[1]),
        facts: { ...noFacts(), findings: { readAt: "2026-11-30T00:00:00.000Z", listed: [WITH_JOBS], accepted: [] } },
        turns: noTurns(),
        waiting: new Set(),
        pendingWrites: [],
      },
      ...{
        armed: { pings: false, slot: false, jobs: false },
        restingJobs: [],
        calledOff: false,
        carried: [],
        backups: {},
        rehearsed: [],
      },
    } as unknown as DrillRun;
    const recorder = new StepRecorder("demote-primary", "d-1", run.clock);
    try {
      await demotePrimary(run, recorder);
      await promoteStandby(run, recorder);
      await Promise.all(run.pendingWrites);
      return { failure: "", undone: null, hosts, heard };
    } catch (error) {
      await plannedKind.afterFailure(run);
      const undone = recorder.failed(error).failure?.undone ?? null;
      return { failure: messageOf(error), undone, hosts, heard };
    } finally {
      await Promise.all([run.from.sql.end(), run.to.sql.end()]);
    }
  }

  const pings = ({ hosts }: Played): string[] => hosts.map(({ ping }) => ping);

  it("whichever of its questions and orders fails, on either host", async function () {
    this.timeout(60_000);
    const whole = await play(() => false);
    expect(whole.failure).to.equal("");
    expect(pings(whole), "armed until verify").to.deep.equal(["3600", "3600"]);
    expect(whole.heard.length).to.be.above(20);
    expect(whole.heard.findIndex((what) => what === "host-a agent jobs-rest")).to.be.within(
      0,
      whole.heard.findIndex((what) => what.startsWith("host-a checkpoint")),
    );
    for (const [at, what] of whole.heard.entries()) {
      const one = await play((_, now) => now === at);
      if (one.failure === "") continue;
      expect(pings(one), what).to.deep.equal(["5", "5"]);
      // Whose agent did not hear these two lets them run when its drill is gone.
      if (!/agent (demote|jobs-run)$/.test(what)) expect(one.hosts[0].jobs, what).to.equal("run");
      // From the first promotion on the old primary may have to follow through it.
      const exchanged = one.heard.some((word) => word.includes("REPLICAOF"));
      expect(exchanged ? [] : [...one.hosts[1].slots], what).to.deep.equal([]);
    }
  });

  it("on the other host where one is silent from some moment on", async function () {
    this.timeout(60_000);
    const { heard } = await play(() => false);
    for (const dead of ["host-a", "host-b"]) {
      for (let at = 0; at < heard.length; at += 1) {
        const one = await play((what, now) => now >= at && what.startsWith(dead));
        if (one.failure === "") continue;
        const alive = one.hosts.find(({ name }) => name !== dead);
        expect(alive?.ping, `${dead} is silent from ${heard[at] ?? ""} on`).to.equal("5");
      }
    }
  });

  it("when a session does not end: nothing was stopped, and the failure names it", async () => {
    const stuck = {
      ...{ pid: 4711, kind: "client backend", user: "orders", database: "shop", application: "nightly" },
      ...{ state: "active", waitsFor: null },
    };
    const one = await play(() => false, [stuck]);
    expect(one.failure)
      .to.include("a session of host-a did not end within 2 s: pid 4711 (orders@shop, nightly, active)")
      .and.not.include("undefined");
    expect(one.undone).to.equal("nothing was stopped on host-a");
    expect(one.heard.filter((what) => what.includes("agent demote"))).to.deep.equal([]);
    expect([pings(one), [...one.hosts[1].slots]]).to.deep.equal([["5", "5"], []]);
  });

  it("to the ping that Redis is configured with", () => {
    const config = readFileSync(path.resolve(__dirname, "../../../../configs/redis/redis.conf"), "utf8");
    expect(config).to.include(`\nrepl-ping-replica-period ${USUAL_PING_SECONDS}\n`);
  });
});
