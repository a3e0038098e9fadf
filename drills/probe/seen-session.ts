import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import { bounded } from "../hosts/bounded";
import { firstWay, isEncrypted } from "../hosts/postgres-encryption";
import { CONNECT_TIMEOUT_MS, openSql } from "../hosts/sessions";

/** How sessions of ours are let in by a pair. */
export interface SeenSession {
  readonly user?: string | undefined;
  /** Whether it encrypts. */
  readonly ssl: boolean;
}

/**
 * How a pair lets sessions of ours in now, for a probe that has seen none yet: by a session to whichever host answers, or by
 * what is declared where none does. @returns undefined where nothing is encrypted
 */
export async function seenSession(
  environment: Environment,
  credentials: Credentials,
): Promise<SeenSession | undefined> {
  if (credentials.clients === undefined) return undefined;
  for (const host of namedHosts(environment)) {
    const opening = bounded(host.name, CONNECT_TIMEOUT_MS, openSql(host, environment, credentials));
    const session = await opening.catch(() => undefined);
    if (session === undefined) continue;
    void session.end().catch(() => undefined);
    return { user: session.user, ssl: isEncrypted(session) };
  }
  return { ssl: firstWay(environment, credentials, "understudy_probe") !== undefined };
}
