import { openPostgres } from "./postgres-connection";
import { readBackPostgres } from "./postgres-read-back";
import type { ProbeSettings } from "./options";
import { openRedis } from "./redis-connection";
import { readBackRedis } from "./redis-read-back";
import type { StoreDriver } from "./store-probe";

/** Slack before the run's first possible stream id, for what the clock may be corrected by meanwhile. */
const STREAM_SLACK_MS = 1000;

/** How the probe reaches PostgreSQL through the published endpoints. */
export function postgresDriver({ credentials, drillId }: ProbeSettings): StoreDriver {
  return {
    store: "timescaledb",
    open: ({ postgres }) => openPostgres(postgres, credentials.postgres, drillId),
    readBack: ({ postgres }) => readBackPostgres(postgres, credentials.postgres, drillId),
  };
}

/** How the probe reaches Redis through the published endpoints. */
export function redisDriver({ credentials, drillId }: ProbeSettings): StoreDriver {
  return {
    store: "redis",
    open: ({ redis }) => openRedis(redis, credentials.redis, drillId),
    readBack: ({ redis }, { receipt, afterMs }) => {
      const sinceMs = Number(receipt.split("-", 1)[0]) - afterMs - STREAM_SLACK_MS;
      return readBackRedis(redis, credentials.redis, { run: drillId, sinceMs });
    },
  };
}
