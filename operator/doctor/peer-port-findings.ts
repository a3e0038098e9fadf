import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import { SERVICE_PORTS } from "../../settings/services";
import { sshArguments } from "../../drills/hosts/engine";
import { runOnHost } from "../../drills/hosts/run-on-host";
import { messageOf } from "../../settings/user-error";
import { good, problem, unknown, type Finding } from "./finding";
import { runningServices, withEncryptedRedis, type PortState, type SeenPort } from "./port-findings";

/** The ports that the other host asks something of. */
const ASKED_BY_PEER = SERVICE_PORTS.filter(({ askedByPeer }) => askedByPeer !== null);

const KNOCK_SECONDS = 3;
const END = "end";
const NO_BASH = "no bash";

/** A script for the host that asks: each port of `address` with its state, then an end mark. Silence is asked once more. */
export function knockScript(address: string, ports: readonly number[]): string {
  return [
    `LC_ALL=C; export LC_ALL; a='${address.replaceAll("'", "")}'`,
    `command -v bash >/dev/null || { echo '${NO_BASH}'; exit 0; }`,
    `for p in ${ports.join(" ")}; do ( for again in 1 2; do`,
    `said=$(timeout ${KNOCK_SECONDS} bash -c "exec 3<>/dev/tcp/$a/$p" 2>&1)`,
    'case "$?:$said" in 0:*) s=open; break;; *refused*) s=refused; break;; *) s=silent;; esac',
    `done; echo "$p $s" ) & done; wait; echo ${END}`,
  ].join("\n");
}

/** What such a script printed, by port. @throws Error when it has not come to its end, or could not knock */
export function parseKnocks(printed: string): ReadonlyMap<number, PortState> {
  const lines = printed.trim().split("\n");
  if (lines.at(-1) !== END) {
    throw new Error(printed.trim() === NO_BASH ? "there is no bash to try the ports with" : "the answer was truncated");
  }
  return new Map(lines.slice(0, -1).map((line) => [Number(line.split(" ")[0]), line.split(" ")[1] as PortState]));
}

/** Whether one host reaches what it needs of the other, over the network between the two. */
export async function peerPortFindings(
  from: NamedHost,
  to: NamedHost,
  environment: Environment,
): Promise<readonly Finding[]> {
  const script = knockScript(to.replication_address, [
    ...ASKED_BY_PEER.map(({ key }) => environment.ports[key]),
    environment.ports.redis_tls,
  ]);
  try {
    const [states, running] = await Promise.all([runOnHost(from, script).then(parseKnocks), runningServices(to)]);
    const seen = ASKED_BY_PEER.map(({ key, service }): SeenPort => {
      const port = environment.ports[key];
      return { name: key, port, state: states.get(port) ?? "silent", running: running.get(service) ?? null };
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
    const asked = (name: string): string => ASKED_BY_PEER.find(({ key }) => key === name)?.askedByPeer ?? "used by it";
    const words = shut.map(({ name, port, state }) => `${name} (${port}) ${state}: ${asked(name)}`);
    const open = shut.map(({ port }) => port).join(", ");
    const fix = `on ${to.name}, let ${from.replication_address} reach ${open} at ${to.replication_address}: its firewall, and the route between the hosts`;
    return problem(check, from.name, words.join(", "), fix);
  }
  const open = ports.filter(({ state }) => state === "open").length;
  return good(check, from.name, `${open} answer at ${to.replication_address}, ${ports.length - open} are free`);
}
