import { connectEngine } from "../../drills/hosts/engine";
import { tryHba } from "../../drills/hosts/server-settings/hba-trial";
import type { Trial } from "../../drills/hosts/server-settings/trial";
import type { Environment } from "../../settings/environment";
import { loadOverlays } from "../../settings/overlays";
import { namedHosts } from "../../settings/pair";
import { messageOf, UserError } from "../../settings/user-error";

/** What the PostgreSQL of one host makes of the operator's lines for pg_hba.conf. */
export interface TriedLines {
  readonly host: string;
  readonly trial: Trial;
}

/** What is refused, by the number of its line. Pure. */
export function refusedHbaLines(tried: readonly TriedLines[]): readonly string[] {
  return tried.flatMap(({ host, trial }) =>
    trial.kind === "refused"
      ? trial.alone.map(({ name, words }) => `overlays.pg_hba: line ${name}: ${host} refuses it: ${words}`)
      : [],
  );
}

/**
 * Has a server of each host's version read the lines; nothing changes.
 * @returns why an `up` does not begin, undefined where there are no lines, or none is refused
 * @throws EnvironmentError where the file is wrong by itself
 */
export async function refusalOfHba(environment: Environment, file: string): Promise<UserError | undefined> {
  const lines = environment.overlays === undefined ? [] : loadOverlays(environment.overlays).hba;
  if (lines.length === 0) return undefined;
  const tried = namedHosts(environment).map(async (host): Promise<TriedLines> => {
    const engine = connectEngine(host);
    try {
      return { host: host.name, trial: await tryHba(engine.docker, lines) };
    } catch (error) {
      return { host: host.name, trial: { kind: "untried", words: messageOf(error) } };
    } finally {
      engine.close();
    }
  });
  const refused = refusedHbaLines(await Promise.all(tried));
  if (refused.length === 0) return undefined;
  return new UserError(
    `PostgreSQL would not take what overlays.pg_hba of ${file} names, and nothing was changed:\n${refused.map((one) => `  ${one}`).join("\n")}`,
    `change its lines, then understudy up --env-config ${file}`,
    2,
  );
}
