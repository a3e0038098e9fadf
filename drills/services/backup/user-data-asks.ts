import { SUPERUSER } from "../../../settings/names";
import { containerName } from "../../../settings/names";
import { OWN_PSQL } from "../../hosts/postgres-session";
import { readInContainer } from "../../hosts/run-in-container";
import type { HostSessions } from "../../hosts/sessions";
import { READING_SETTINGS, type Ask } from "./content/user-data";
import type { ScratchService } from "./scratch-place";

/** The words with which psql asks one database as the superuser, by a socket in this folder. */
function psqlWords(socket: string, database: string, query: string): readonly string[] {
  return [
    ...["-h", socket, "-U", SUPERUSER, "-d", `dbname='${database.replaceAll(/[\\']/g, "\\$&")}'`, "-AtqX"],
    ...["-v", "ON_ERROR_STOP=1", ...[...READING_SETTINGS, query].flatMap((one) => ["-c", one])],
  ];
}

/**
 * Asks the databases of a host's own server, each question in a session of its own, in its container: nobody but the
 * superuser may count everybody's rows, and over the network it does not log in.
 */
export function askHost({ engine }: Pick<HostSessions, "engine">): Ask {
  const container = containerName("timescaledb");
  return (database, query) =>
    readInContainer(engine.docker, container, [...OWN_PSQL, ...psqlWords("/var/run/postgresql", database, query)]);
}

/** Asks the databases of a restored server, in its own container. */
export function askRestored({ run }: Pick<ScratchService, "run">): Ask {
  return (database, query) => run(["psql", ...psqlWords("/tmp", database, query)]);
}
