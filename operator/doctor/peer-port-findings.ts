import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import { SERVICE_PORTS } from "../../settings/services";
import { sshArguments } from "../../drills/hosts/engine";
import { knockScript, parseKnocks } from "../../drills/hosts/knock";
import { runOnHost } from "../../drills/hosts/run-on-host";
import { messageOf } from "../../settings/user-error";
import { good, problem, unknown, type Finding } from "./finding";
import { portRows, runningServices, withEncryptedRedis, type SeenPort } from "./port-findings";

/** What the other host asks of each port, by its key. */
const ASKED_BY_PEER: ReadonlyMap<string, string> = new Map([
  ...SERVICE_PORTS.flatMap(({ key, askedByPeer }) => (askedByPeer === null ? [] : [[key, askedByPeer] as const])),
  ["front", "scrapes, alerts of the other Prometheus, room for backups"],
]);

/** Whether one host reaches what it needs of the other, over the network between the two. */
export async function peerPortFindings(
  from: NamedHost,
  to: NamedHost,
  environment: Environment,
): Promise<readonly Finding[]> {
  try {
    const rows = (await portRows(to, environment)).filter(
      ({ key, audience }) => ASKED_BY_PEER.has(key) && audience !== "host",
    );
    const script = knockScript(to.replication_address, [...rows.map(({ port }) => port), environment.ports.redis_tls]);
    const [states, running] = await Promise.all([runOnHost(from, script).then(parseKnocks), runningServices(to)]);
    const seen = rows.map(({ key, port, container }): SeenPort => {
      return { name: key, port, state: states.get(port) ?? "silent", running: running.get(container) ?? null };
    });
    const encrypted = states.get(environment.ports.redis_tls) ?? "silent";
    return [peerPortsFinding(from, to, withEncryptedRedis(seen, encrypted, environment))];
  } catch (error) {
    const ssh = `ssh ${sshArguments(from).join(" ")} bash --version`;
    return [unknown(`ports of ${to.name}`, from.name, `not asked from there: ${messageOf(error)}`, ssh)];
  }
}

/** The ports of `to` as `from` sees them, in one line. A refusal where nothing runs shows that the way is open. */
export function peerPortsFinding(
  from: Pick<NamedHost, "name" | "replication_address">,
  to: Pick<NamedHost, "name" | "replication_address">,
  ports: readonly SeenPort[],
): Finding {
  const check = `ports of ${to.name}`;
  const shut = ports.filter(({ state, running }) => state === "silent" || (state === "refused" && running === true));
  if (shut.length > 0) {
    const asked = (name: string): string => ASKED_BY_PEER.get(name) ?? "used by it";
    const words = shut.map(({ name, port, state }) => `${name} (${port}) ${state}: ${asked(name)}`);
    const open = shut.map(({ port }) => port).join(", ");
    const fix = `on ${to.name}, let ${from.replication_address} reach ${open} at ${to.replication_address}: its firewall, and the route between the hosts`;
    return problem(check, from.name, words.join(", "), fix);
  }
  const open = ports.filter(({ state }) => state === "open").length;
  return good(check, from.name, `${open} answer at ${to.replication_address}, ${ports.length - open} are free`);
}
