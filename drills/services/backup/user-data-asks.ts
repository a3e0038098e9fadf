import type { Credentials } from "../../../settings/credentials";
import type { Environment } from "../../../settings/environment";
import { SUPERUSER } from "../../../settings/names";
import type { NamedHost } from "../../../settings/pair";
import { connectPostgres, oneRow } from "../../hosts/postgres";
import { READING_SETTINGS, type Ask } from "./content/user-data";
import type { ScratchService } from "./scratch-place";

/** Asks the databases of a host's own server, each question in a session of its own. */
export function askHost({ address }: NamedHost, { ports }: Environment, { postgres }: Credentials): Ask {
  return async (database, query) => {
    const session = await connectPostgres({ address, port: ports.postgres, password: postgres }, database);
    try {
      for (const one of READING_SETTINGS) await session.query(one);
      return (await oneRow<{ value: string }>(session, query)).value;
    } finally {
      await session.end();
    }
  };
}

/** Asks the databases of a restored server, in its own container. */
export function askRestored({ run }: Pick<ScratchService, "run">): Ask {
  return (database, query) =>
    run([
      ...["psql", "-h", "/tmp", "-U", SUPERUSER, "-d", `dbname='${database.replaceAll(/[\\']/g, "\\$&")}'`, "-AtqX"],
      ...[...READING_SETTINGS, query].flatMap((one) => ["-c", one]),
    ]);
}
