import type { ServerFinding } from "../../../evidence/findings";
import type { DrillConfig } from "../../../settings/drill-config";
import { findingRow, FINDINGS, severityOf, type FindingKey } from "../../../settings/findings";
import { containerName, SUPERUSER } from "../../../settings/names";
import type { StoreName } from "../../../settings/services";

/** One thing that was found on one host, before it is known what becomes of it. */
export interface Found {
  readonly key: FindingKey;
  readonly host: string;
  /** What was found, as a person reads it. */
  readonly detail: string;
  /** What stands for `{what}` in the command that mends it. */
  readonly what?: string;
}

/** Which host is to be promoted, and which one is to follow it. */
export interface FindingsPair {
  readonly from: string;
  readonly to: string;
  /** The address from which the standby replicates. */
  readonly toAddress: string;
  /** Whether a backup of the new primary needs a slot and a sender too. */
  readonly backup: boolean;
}

/** Where a host's stores are reached, for the commands that mend what was found there. */
export interface FindingHost {
  readonly name: string;
  readonly address: string;
  /** The command with which an operator gets to a shell there, without what that shell is to do. */
  readonly ssh: string;
  readonly redisPort: number;
  /** Whether that port is for encrypted connections. */
  readonly redisTls?: boolean;
}

/** How many names a finding lists; the others are counted. */
const LISTED = 8;

/** Names in one line, the first few and how many more. */
export function namesOf(names: readonly string[]): string {
  const more = names.length - LISTED;
  return [...names.slice(0, LISTED), ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}

/**
 * A command that asks PostgreSQL on its host, where alone the superuser logs in. Two shells read it: the one that it is
 * pasted into, and the host's, so each word in quotes gets quotes for both.
 */
function overSsh(command: string, ssh: string): string {
  const server = `${ssh} docker exec ${containerName("timescaledb")} psql -U ${SUPERUSER}`;
  const twice = (_: string, single: string | undefined, double: string | undefined): string => {
    const told = single ?? double ?? "";
    return /'/.test(told) ? `"\\"${told}\\""` : `'"${told}"'`;
  };
  return command.replaceAll(/'([^']*)'|"([^"]*)"/g, twice).replaceAll("{psql}", server);
}

/** Whole seconds, as a person reads them. */
export function secondsOf(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/**
 * What was found, as it goes into the evidence: with what becomes of a run of this kind, and the command that mends it.
 * What a run of this kind does not read is left out.
 */
export function asFindings(
  store: StoreName,
  found: readonly Found[],
  kind: DrillConfig["kind"],
  hosts: readonly FindingHost[],
  toHost: string,
): ServerFinding[] {
  const order: readonly string[] = FINDINGS[store].map(({ key }) => key);
  return found
    .toSorted((one, other) => order.indexOf(one.key) - order.indexOf(other.key))
    .flatMap(({ key, host, detail, what }): ServerFinding[] => {
      const severity = severityOf(key, kind) ?? null;
      if (severity === null) return [];
      const at = hosts.find(({ name }) => name === host);
      const row = findingRow(key)?.next ?? "";
      const next = (row.includes("{psql}") ? overSsh(row, at?.ssh ?? `ssh ${host}`) : row)
        .replaceAll(
          "{redis}",
          `redis-cli ${at?.redisTls === true ? "--tls --cacert understudy-ca.pem " : ""}-h ${at?.address ?? host} -p ${at?.redisPort ?? 6379} --askpass`,
        )
        .replaceAll("{what}", what ?? "it")
        .replaceAll("{to}", toHost);
      return [{ key, store, host, severity, detail, next: next === "" ? null : next }];
    });
}
