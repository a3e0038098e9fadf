import path from "node:path";
import type { FindingsEvidence } from "../../evidence/findings";
import { pollUntil } from "../../drills/hosts/bounded";
import { readFindings, type FindingSource } from "../../drills/hosts/findings/read-findings";
import { walPositions } from "../../drills/hosts/postgres";
import { parseLsn } from "../../evidence/lsn";
import type { DrillConfig } from "../../settings/drill-config";
import { slotName } from "../../settings/names";
import { StreamingPostgres } from "./streaming-postgres";
import { ReplicatingRedis } from "./replicating-redis";

/** Two hosts of real servers on loopback: host-b follows host-a in both stores. */
export class RealPair {
  private constructor(
    readonly primary: { readonly postgres: StreamingPostgres; readonly redis: ReplicatingRedis },
    readonly standby: { readonly postgres: StreamingPostgres; readonly redis: ReplicatingRedis },
  ) {}

  static async start(folder: string, settings: readonly string[] = []): Promise<RealPair> {
    const postgres = await StreamingPostgres.primary(path.join(folder, "pg-a"), settings);
    const redis = await ReplicatingRedis.start(path.join(folder, "redis-a"));
    const replica = await ReplicatingRedis.start(path.join(folder, "redis-b"));
    await replica.follow(redis);
    const standby = await StreamingPostgres.standby(path.join(folder, "pg-b"), postgres, slotName("host-b"));
    return new RealPair({ postgres, redis }, { postgres: standby, redis: replica });
  }

  /** What a run of this kind would find. */
  read(asked: Pick<DrillConfig, "kind" | "lose_unlogged"> = { kind: "planned" }): Promise<FindingsEvidence> {
    return readFindings(
      {
        from: asked.kind === "planned" ? source("host-a", this.primary) : null,
        fromHost: "host-a",
        to: source("host-b", this.standby),
        backup: false,
      },
      asked,
    );
  }

  /** Waits until the standby has replayed all that the primary has written. */
  async caughtUp(): Promise<void> {
    const [row] = await this.primary.postgres.query<{ lsn: string }>("select pg_current_wal_lsn()::text as lsn");
    const end = parseLsn(row?.lsn ?? "");
    const sql = await this.standby.postgres.open();
    const { reached } = await pollUntil(
      () => walPositions(sql),
      ({ replayed }) => replayed !== null && replayed >= end,
      { deadlineMs: 10_000, pauseMs: 20 },
    );
    await sql.end();
    if (!reached) throw new Error("the standby did not catch up");
  }

  async stop(): Promise<void> {
    await Promise.all([this.primary, this.standby].map((one) => one.postgres.stop()));
    for (const one of [this.primary, this.standby]) one.redis.stop();
  }
}

function source(name: string, { postgres, redis }: RealPair["primary"]): FindingSource {
  return {
    host: {
      name,
      address: "127.0.0.1",
      replicationAddress: "127.0.0.1",
      ssh: "ssh host",
      redisPort: redis.port,
    },
    open: (database) => postgres.open(database),
    redis: redis.session,
  };
}
