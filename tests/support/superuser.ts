import { connectEngine } from "../../drills/hosts/engine";
import { asSession, localServer } from "../../drills/hosts/local-postgres";
import type { PostgresSession } from "../../drills/hosts/postgres";
import type { NamedHost } from "../../settings/pair";

/** A session of the superuser of a host of the lab, over the local socket of its container; `end` ends the way to it too. */
export async function openSuperuser(host: NamedHost, database?: string): Promise<PostgresSession> {
  const engine = connectEngine(host);
  const server = localServer(engine.docker, host.name);
  const close = (): void => {
    server.close();
    engine.close();
  };
  try {
    const session = await server.open(database);
    const end = (): Promise<void> => {
      close();
      return Promise.resolve();
    };
    return asSession({ ...session, end });
  } catch (error) {
    close();
    throw error;
  }
}
