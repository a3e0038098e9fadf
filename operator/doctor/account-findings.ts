import { connectEngine } from "../../drills/hosts/engine";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import { readSuperuserAccess, type SuperuserAccess } from "../lifecycle/superuser-clients";
import { good, problem, type Finding } from "./finding";

/** Whether PostgreSQL's superuser may log in to a host over the network; nothing where it cannot be asked. */
export async function accountFindings(host: NamedHost, environment: Environment): Promise<readonly Finding[]> {
  const engine = connectEngine(host);
  try {
    const finding = accountFinding(host.name, environment, await readSuperuserAccess(host, engine));
    return finding === undefined ? [] : [finding];
  } finally {
    engine.close();
  }
}

/** What is said of how a host lets its superuser in; undefined where nobody could say. Pure. */
export function accountFinding(
  host: string,
  { access }: Pick<Environment, "access">,
  found: SuperuserAccess | undefined,
): Finding | undefined {
  const check = "superuser";
  if (found === undefined) return undefined;
  const clients = found.clients.map(({ application, address }) => `${application || "a client"} from ${address}`);
  const seen = clients.length === 0 ? "" : `; logged in now: ${clients.join(", ")}`;
  if (access.superuser_over_network) {
    const words = `PostgreSQL's superuser may log in over the network, as the environment file asks${seen}`;
    return problem(check, host, words, "give its clients roles, then take access.superuser_over_network out again");
  }
  if (!found.isLocal) {
    const words = `PostgreSQL's superuser may log in over the network: the roles of our sessions are not on both hosts yet${seen}`;
    return problem(check, host, words, "understudy up --execute");
  }
  return good(check, host, "PostgreSQL's superuser logs in by the local socket alone");
}
