import { canonicalAddress, isLoopback, isPublic, isWildcard } from "../../settings/address";
import { listenEntries, listeningOf, listenProblems, listenRefusal, type Listening } from "../../settings/listen";
import { isClosed } from "../../settings/front";
import type { NamedHost } from "../../settings/pair";
import { LABELS } from "../../settings/names";
import { bounded } from "../../drills/hosts/bounded";
import { dropsStrayLoopback, LOOPBACK_RULE } from "../../drills/hosts/loopback-rule";
import { connectEngine, sshArguments } from "../../drills/hosts/engine";
import {
  missingSettings,
  readHostAddresses,
  settingsCommand,
  type HostAddresses,
} from "../../drills/hosts/host-addresses";
import { madePortsOf, movedNames, namesOf, notedNames, resolveNames } from "../../drills/hosts/listening";
import { messageOf } from "../../settings/user-error";
import { good, problem, unknown, type Finding } from "./finding";
import { isAtLeast } from "./operator-findings";

const ENGINE_MS = 15_000;

/** The first version of Docker whose ports on loopback only the host itself reaches. */
const LOOPBACK_HOLDS = "28";
const DROP = `iptables -t raw -I PREROUTING ${LOOPBACK_RULE.join(" ")}`;

/** A port of a container that runs, as its engine has published it. */
export interface OpenPort {
  readonly address: string;
  readonly port: number;
}

/** Where a host's ports listen, who reaches them by that, and whether they come back after a boot. */
export async function listenFindings(host: NamedHost): Promise<readonly Finding[]> {
  const ssh = `ssh ${sshArguments(host).join(" ")} true`;
  try {
    const [made, facts] = await Promise.all([madePortsOf(host), readHostAddresses(host, namesOf(host))]);
    const { resolved, useless } = resolveNames(host, facts);
    const noted = notedNames(made);
    const problems = [
      ...[...useless].flatMap(([name, one]) => (noted[name] === undefined ? [one] : [])),
      ...movedNames(host, made, resolved),
    ];
    const known = { ...resolved, ...noted };
    const listening = problems.length > 0 ? undefined : listeningOf(listenEntries(host), known);
    const refusal = listenRefusal([...problems, ...(listening ? listenProblems(host, known, facts.own) : [])]);
    const first =
      refusal === undefined
        ? good("listen", host.name, `${(listening?.addresses ?? []).join(", ")}: it has each of them`)
        : problem("listen", host.name, refusal.words, refusal.next);
    const { ports, version } = await readEngine(host);
    // Where its account may not read the rules nothing is known of one.
    const dropped = !isAtLeast(version, LOOPBACK_HOLDS) && (await dropsStrayLoopback(host).catch(() => false));
    const closed = isClosed(made);
    return [
      first,
      ...(listening === undefined ? [] : [bootFinding(host.name, listening, facts)]),
      openFinding(host, ports),
      ...(listening === undefined ? [] : loopbackFindings(host.name, listening, version, { closed, dropped })),
    ];
  } catch (error) {
    return [unknown("listen", host.name, messageOf(error), ssh)];
  }
}

async function readEngine(host: NamedHost): Promise<{ ports: readonly OpenPort[]; version: string }> {
  const engine = connectEngine(host);
  try {
    const asked = Promise.all([
      engine.docker.listContainers({ filters: { label: [LABELS.service] } }),
      engine.docker.version(),
    ]);
    const [containers, { Version: version }] = await bounded(`${host.name}: Docker engine`, ENGINE_MS, asked);
    const ports = containers.flatMap((one) =>
      (one.Ports as readonly { IP?: string; PublicPort?: number }[]).flatMap(({ IP: ip, PublicPort: port }) =>
        port === undefined ? [] : [{ address: ip ?? "0.0.0.0", port }],
      ),
    );
    return { ports, version };
  } finally {
    engine.close();
  }
}

/** Whether containers come back when the host boots before its addresses are up. Pure. */
export function bootFinding(host: string, { addresses }: Listening, { bindsAbsent }: HostAddresses): Finding {
  const missing = missingSettings(addresses, bindsAbsent);
  if (missing.length === 0)
    return good("boot", host, "its containers come back whether its addresses are up before Docker or not");
  return problem(
    "boot",
    host,
    `without ${missing.join(" and ")} a container stays down when the host boots before its addresses are up`,
    settingsCommand(host, missing),
  );
}

/** Who may reach the ports of the containers that run, by the addresses that they are published on. Pure. */
export function openFinding(
  { name, listen = [] }: Pick<NamedHost, "name" | "listen">,
  ports: readonly OpenPort[],
): Finding {
  const check = "open to";
  const shown = (some: readonly OpenPort[]): string =>
    [...new Set(some.map(({ port }) => port))].sort((a, b) => a - b).join(", ");
  const everywhere = ports.filter(({ address }) => isWildcard(address));
  const declared = listen.some((one) => isWildcard(canonicalAddress(one) ?? one));
  const firewall = "everybody whom no firewall stops; ufw does not stop ports of Docker";
  if (everywhere.length > 0 && !declared) {
    const words = `${firewall}, on every address of ${name}: ${shown(everywhere)}`;
    return problem(check, name, words, "understudy up --execute, which makes these containers anew");
  }
  if (everywhere.length > 0)
    return good(check, name, `${firewall}, as hosts.${name}.listen says: ${shown(everywhere)}`);
  const outside = ports.filter(({ address }) => isPublic(address));
  const where = [...new Set(outside.map(({ address }) => address))].join(", ");
  if (outside.length > 0) return good(check, name, `${firewall}, at ${where}: ${shown(outside)}`);
  const others = ports.some(({ address }) => !isLoopback(address));
  if (ports.length === 0) return good(check, name, "nobody: no container of ours runs");
  return good(check, name, others ? "private networks alone, and no public address" : "this host alone");
}

/**
 * Before Docker 28 a port on loopback is no secret from the neighbours, unless the host itself drops what comes for it.
 * Where it listens elsewhere too, that is no news. Pure.
 * @param closed whether what speaks HTTP listens on loopback alone
 */
export function loopbackFindings(
  host: string,
  { addresses }: Listening,
  version: string,
  { closed = false, dropped = false } = {},
): readonly Finding[] {
  if (!(closed || addresses.some(isLoopback)) || isAtLeast(version, LOOPBACK_HOLDS)) return [];
  const words = `Docker ${version}: before ${LOOPBACK_HOLDS}, neighbours on the same network reach ports that listen on loopback`;
  if (dropped) return [good("loopback", host, `${words}; a rule of ${host} drops what comes for them from elsewhere`)];
  return closed || addresses.every(isLoopback)
    ? [problem("loopback", host, words, `upgrade Docker on ${host}; until then, as root: ${DROP}`)]
    : [good("loopback", host, `${words}; here the same ports listen on other addresses as well`)];
}
