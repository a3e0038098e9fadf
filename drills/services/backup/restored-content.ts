import type { Credentials } from "../../../settings/credentials";
import { DATABASE, SUPERUSER } from "../../../settings/names";
import { hasLogArchive, type ServiceName } from "../../../settings/services";
import type { Environment } from "../../../settings/environment";
import { send } from "../../hosts/http";
import type { HostSessions } from "../../hosts/sessions";
import { parseReply } from "../../hosts/redis-cli-session";
import { oneRow } from "../../hosts/postgres";
import { OWN_PSQL } from "../../hosts/postgres-session";
import type { Backup } from "./backups";
import type { Content, Get, Stretch } from "./content/content";
import { dashboardContent, logLineContent, spanContent } from "./content/service-units";
import { journalEntries, journalRowsQuery, lastingKeys, parseJournalRows, type JournalPart } from "./content/journal";
import { seriesContent, silenceContent } from "./content/monitoring";
import type { ScratchService } from "./scratch-place";

const HTTP_MS = 30_000;
/** How far back logs are compared. */
const STRETCH_MS = 3_600_000;

/**
 * How long after its moment something may still be on its way into a service, milliseconds: a scrape that was begun,
 * spans that their sender collects, a row whose transaction is under way.
 */
const ON_ITS_WAY_MS: Readonly<Record<ServiceName, number>> = {
  timescaledb: 2000,
  redis: 1000,
  prometheus: 15_000,
  alertmanager: 0,
  loki: 5000,
  tempo: 0,
  grafana: 0,
};

/**
 * Up to when a service's data are compared, epoch milliseconds: what is older was there when the backup was begun. Of
 * PostgreSQL the write-ahead log goes on to this moment, which is `now` on its own clock.
 */
export function comparedUntil({ service, begunAt, at }: Backup, now: number): number {
  return (hasLogArchive(service) ? now : Date.parse(begunAt ?? at)) - ON_ITS_WAY_MS[service];
}

const TRACES = 20;

/** The traces of our own that a backup of Tempo holds: its own, and those of the newest backups before it. */
export function tracesIn(backup: Backup, backups: readonly Backup[]): readonly string[] {
  return backups
    .filter((one) => one.service === backup.service && one.at <= backup.at)
    .flatMap(({ content: { trace } }) => (typeof trace === "string" ? [trace] : []))
    .slice(-TRACES);
}

/** The stretch of time of which logs are compared, up to `until`, epoch milliseconds. */
export function stretchTo(until: number): Stretch {
  return { from: until - STRETCH_MS, until };
}

/**
 * What the running service of a host holds of the data that a backup must have: counted on the host itself for services
 * whose data only grow, for the others what was counted when the backup was made.
 * @param part of the journal, and up to when the others are compared
 * @param traces ids of Tempo's traces that are looked up
 */
export async function recordedContent(
  backup: Backup,
  part: JournalPart,
  traces: readonly string[],
  { host, sql, redis }: Pick<HostSessions, "host" | "sql" | "redis">,
  { ports }: Environment,
): Promise<Content> {
  const get =
    (port: number): Get =>
    (path) =>
      send({ host, port, path, timeoutMs: HTTP_MS });
  switch (backup.service) {
    case "timescaledb":
      return parseJournalRows((await oneRow<{ value: string }>(sql, journalRowsQuery(part))).value);
    case "redis":
      return { ...backup.content, ...(await journalEntries(redis, part)) };
    case "prometheus":
      return seriesContent(get(ports.prometheus), part.untilMs);
    case "loki":
      return logLineContent(get(ports.loki), stretchTo(part.untilMs));
    case "tempo":
      return spanContent(get(ports.tempo), traces);
    case "alertmanager":
    case "grafana":
      return backup.content;
  }
}

/** The same of a service that runs on restored data. */
export async function restoredContent(
  { service, http, run, login }: ScratchService,
  part: JournalPart,
  traces: readonly string[],
  credentials: Pick<Credentials, "grafana">,
): Promise<Content> {
  switch (service) {
    case "timescaledb": {
      const query = [...OWN_PSQL, "-h", "/tmp", "-U", SUPERUSER, "-d", DATABASE, "-Atqc", journalRowsQuery(part)];
      return parseJournalRows(await run(query));
    }
    case "redis": {
      const command = async (...words: string[]): Promise<unknown> =>
        parseReply((await run(["redis-cli", "--json", "-2", ...words])).trim());
      const keyspace = await run(["redis-cli", "info", "keyspace"]);
      return { "lasting keys": lastingKeys(keyspace), ...(await journalEntries({ command }, part)) };
    }
    case "prometheus":
      return seriesContent(http, part.untilMs);
    case "loki":
      return logLineContent(http, stretchTo(part.untilMs));
    case "tempo":
      return spanContent(http, traces);
    case "alertmanager":
      return silenceContent(http);
    case "grafana":
      return dashboardContent(await login(credentials.grafana));
  }
}
