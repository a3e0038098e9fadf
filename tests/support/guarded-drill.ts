import { expect } from "chai";
import { promotePostgres } from "../../drills/engine/promote-postgres";
import type { DrillRun } from "../../drills/engine/drill-run";
import { parseAnswer, type AgentAnswer } from "../../drills/hosts/agent";
import { pollUntil } from "../../drills/hosts/bounded";
import { connectPostgres, walPositions, type PostgresSession } from "../../drills/hosts/postgres";
import { readSeal } from "../../drills/hosts/seal";
import { parseLsn } from "../../evidence/lsn";
import type { Credentials } from "../../settings/credentials";
import { ownPassword } from "../../settings/own-roles";
import { sampleEnvironment } from "../unit/components/sample";
import type { GuardedPostgres } from "./guarded-postgres";

/** What the agent answers to these commands together; it loses whoever spoke to it afterwards. */
export function askAgent(host: GuardedPostgres, ...commands: readonly string[]): AgentAnswer {
  const { stdout } = host.run("sh", [host.path("understudy/agent.sh")], `${commands.join("\n")}\n`);
  const lines = stdout.trim().split("\n");
  expect(lines.at(-1), stdout).to.equal("ok");
  return parseAnswer(lines);
}

/** Whether a standby follows. */
export function streams(primary: GuardedPostgres): boolean {
  return primary.sql("select count(*) from pg_stat_replication where state = 'streaming'") === "1";
}

/** What the old primary said. */
interface SwitchedOver {
  readonly seal: ReturnType<typeof readSeal>;
  /** Databases whose background jobs rested. */
  readonly resting: readonly string[];
}

/** PostgreSQL's part of a switchover, between two guarded servers on loopback. */
export class GuardedDrill {
  readonly #open: PostgresSession[] = [];

  constructor(private readonly credentials: Pick<Credentials, "postgres" | "replication">) {}

  /** A session of the drill's role; `end` ends it. */
  async session(host: GuardedPostgres): Promise<PostgresSession> {
    const user = "understudy_drill";
    const target = { address: "127.0.0.1", port: host.port, user, password: ownPassword(this.credentials, user) };
    const one = await connectPostgres(target);
    this.#open.push(one);
    return one;
  }

  async promote(host: GuardedPostgres): Promise<void> {
    const environment = sampleEnvironment(2);
    environment.ports.postgres = host.port;
    const to = { host: { name: host.host, address: "127.0.0.1" }, sql: await this.session(host) };
    const run = { to, environment, credentials: this.credentials } as unknown as DrillRun;
    await promotePostgres(run, { mark: () => 0 });
  }

  /** Lets the jobs rest, stops the primary, sees the standby reach what it left, promotes that, and has the old one follow. */
  async switchOver(from: GuardedPostgres, to: GuardedPostgres): Promise<SwitchedOver> {
    const standby = await this.session(to);
    const answer = askAgent(from, "jobs-rest", "demote 10 60");
    const seal = readSeal(answer);
    const { reading } = await pollUntil(
      () => walPositions(standby),
      ({ replayed }) => (replayed ?? 0n) >= parseLsn(seal.endLsn),
      { deadlineMs: 10_000, pauseMs: 5 },
    );
    expect(reading.replayed).to.equal(parseLsn(seal.endLsn));
    await this.promote(to);
    askAgent(from, "follow");
    await to.until("the old primary", () => streams(to));
    return { seal, resting: answer.get("resting") ?? [] };
  }

  async end(): Promise<void> {
    await Promise.all(this.#open.map((one) => one.end().catch(() => undefined)));
  }
}
