import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import type { HostEngine } from "../hosts/engine";
import type { PostgresSession } from "../hosts/postgres";
import type { RedisSession } from "../hosts/redis";

/** One return while it runs: the host that comes back, and open sessions to the primary it comes back to. */
export interface RejoinContext {
  readonly environment: Environment;
  readonly credentials: Credentials;
  readonly host: NamedHost;
  readonly engine: HostEngine;
  readonly peer: NamedHost;
  readonly primarySql: PostgresSession;
  readonly primaryRedis: RedisSession;
  /** Name of what this run saves, unique in time. */
  readonly salvage: string;
  readonly acceptOlderTimeline: boolean;
  /** The operator gives up what a user wrote here where it cannot be kept beside a clone. */
  readonly giveUpWrites: boolean;
  /** Refuse where anything of PostgreSQL diverged: nobody is there to decide. */
  readonly onlyUndiverged: boolean;
  /** Said to the person who waits. */
  readonly phase: (words: string) => void;
}
