import type { Credentials } from "./credentials";
import { rootOf } from "./own-roles";

/** A password that servers and who logs in to them have two of while it is being exchanged; `own` are those of our accounts. */
export type Exchanged = "postgres" | "own" | "replication" | "redis" | "grafana" | "backup";

/** Which of them are being exchanged now: names alone. */
export function exchangedNow(credentials: Credentials): readonly Exchanged[] {
  const { before = {} } = credentials;
  const root = rootOf(credentials);
  return [
    ...(before.postgres === undefined ? [] : (["postgres"] as const)),
    ...(before[root] === undefined ? [] : (["own"] as const)),
    ...(before.replication === undefined ? [] : (["replication"] as const)),
    ...(before.redis === undefined ? [] : (["redis"] as const)),
    ...(before.grafana === undefined ? [] : (["grafana"] as const)),
    ...(before.backup === undefined ? [] : (["backup"] as const)),
  ];
}
