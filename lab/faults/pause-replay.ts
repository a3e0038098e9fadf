import { connectEngine } from "../../drills/hosts/engine";
import { localServer, type LocalSession } from "../../drills/hosts/local-postgres";
import { openSql } from "../../drills/hosts/sessions";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { viewFrom } from "../../settings/pair";

/** A standby whose replay is paused in the cutover window, or will be. */
export interface HeldReplay {
  /** The superuser's session to the standby. */
  readonly standby: LocalSession;
  /** Lets replay go on, and pauses it no more. */
  resume(): Promise<void>;
  /** Ends both sessions. */
  close(): void;
}

/**
 * Pauses the standby's replay as soon as a switchover ends the clients' sessions on the old primary, milliseconds before it
 * stops it: the cutover window then stays open for seconds. A pause from before would be found, and the drill refused.
 */
export async function holdReplayInCut(
  { environment, credentials }: { readonly environment: Environment; readonly credentials: Credentials },
  fromHost: string,
  toHost: string,
): Promise<HeldReplay> {
  const to = viewFrom(environment, toHost).self;
  const engine = connectEngine(to);
  const server = localServer(engine.docker, to.name);
  const [client, standby] = await Promise.all([
    openSql(viewFrom(environment, fromHost).self, environment, credentials),
    server.open(),
  ]);
  let wanted = true;
  const pause = (): void => {
    if (!wanted) return;
    wanted = false;
    void standby.query("select pg_wal_replay_pause()").catch(() => undefined);
  };
  client.once("error", pause).once("end", pause);
  return {
    standby,
    resume: async () => {
      wanted = false;
      await standby
        .query("select pg_wal_replay_resume() where pg_is_in_recovery() and pg_is_wal_replay_paused()")
        .catch(() => undefined);
    },
    close: () => {
      wanted = false;
      void client.end().catch(() => undefined);
      server.close();
      engine.close();
    },
  };
}
