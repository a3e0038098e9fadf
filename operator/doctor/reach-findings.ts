import { covers, isLinkLocal, isLoopback, isWildcard, LOOPBACK } from "../../settings/address";
import type { Environment } from "../../settings/environment";
import { addressesIn } from "../../settings/listen";
import { isClosed, portTable } from "../../settings/front";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { sshArguments } from "../../drills/hosts/engine";
import { readHostAddresses } from "../../drills/hosts/host-addresses";
import { madePortsOf } from "../../drills/hosts/listening";
import { knockScript, parseKnocks } from "../../drills/hosts/knock";
import { runOnHost } from "../../drills/hosts/run-on-host";
import { messageOf } from "../../settings/user-error";
import { good, problem, unknown, type Finding } from "./finding";
import { portState } from "./port-findings";

/** What one place finds at one address of a host: the ports that answer. */
export interface Seen {
  /** Such as `here` or `host-b`. */
  readonly from: string;
  readonly address: string;
  readonly open: readonly number[];
}

/**
 * Who reaches which of a host's ports, tried from each place: this machine, the other host, and the host itself, on
 * loopback and on the addresses where nothing of ours should answer.
 */
export async function reachFindings(
  host: NamedHost,
  peer: NamedHost | undefined,
  environment: Environment,
): Promise<readonly Finding[]> {
  const ssh = `ssh ${sshArguments(host).join(" ")} bash --version`;
  try {
    const [made, { own }] = await Promise.all([madePortsOf(host), readHostAddresses(host, [])]);
    const rows = portTable(environment, { front: made.has(containerName("front")), closed: isClosed(made) });
    const ports = rows.map(({ port }) => port);
    const inward = rows.flatMap(({ port, audience }) => (audience === "host" ? [port] : []));
    const listens = [...new Set([...made.values()].flatMap(({ listen }) => addressesIn(listen ?? "0.0.0.0")))];
    const outside = [...new Set([host.address, host.replication_address, ...listens])].filter(
      (one) => !isLoopback(one) && !isWildcard(one),
    );
    const elsewhere = own.filter((one) => !isLoopback(one) && !isLinkLocal(one) && !covers(listens, one));
    const tls = environment.ports.redis_tls;
    if (
      made
        .get(containerName("redis"))
        ?.ports?.split(" ")
        .some((one) => one.startsWith(`${tls}:`)) === true
    )
      ports.push(tls);
    const seen = await Promise.all([
      ...outside.map((address) => fromHere(address, ports)),
      ...(peer === undefined ? [] : outside.map((address) => fromHost(peer, address, ports))),
      ...[LOOPBACK, ...elsewhere].map((address) => fromHost(host, address, ports)),
    ]);
    return [reachFinding(host.name, ports.length, seen, made.size === 0 ? [] : elsewhere, inward)];
  } catch (error) {
    return [unknown("reach", host.name, `not tried from every place: ${messageOf(error)}`, ssh)];
  }
}

async function fromHere(address: string, ports: readonly number[]): Promise<Seen> {
  const states = await Promise.all(ports.map((port) => portState(address, port)));
  return { from: "here", address, open: ports.filter((_, at) => states[at] === "open") };
}

async function fromHost(host: NamedHost, address: string, ports: readonly number[]): Promise<Seen> {
  const states = parseKnocks(await runOnHost(host, knockScript(address, ports)));
  return { from: host.name, address, open: ports.filter((port) => states.get(port) === "open") };
}

/**
 * What every place found, in one line. Pure.
 * @param elsewhere addresses of the host at which nothing of ours should answer
 * @param inward ports that should answer on the host's loopback alone
 */
export function reachFinding(
  host: string,
  ports: number,
  seen: readonly Seen[],
  elsewhere: readonly string[],
  inward: readonly number[] = [],
): Finding {
  const stray = seen.filter(
    ({ from, address, open }) => from === host && elsewhere.includes(address) && open.length > 0,
  );
  if (stray.length > 0) {
    const words = stray.map(({ address, open }) => `${address} answers at ${open.join(", ")}`).join("; ");
    return problem(
      "reach",
      host,
      `${words}, where no container of ours listens`,
      `on ${host}, see who does: ss -ltnp; choose another port, or stop it`,
    );
  }
  const outward = seen.flatMap(({ from, address, open }) => {
    const some = isLoopback(address) ? [] : open.filter((port) => inward.includes(port));
    return some.length === 0 ? [] : [`${some.join(", ")} from ${from} at ${address}`];
  });
  if (outward.length > 0) {
    const words = `for ${host} alone, and answering: ${outward.join("; ")}`;
    return problem("reach", host, words, `on ${host}, see who listens there: ss -ltnp; then understudy up --execute`);
  }
  const told = seen.filter(({ address }) => !elsewhere.includes(address));
  const words = [...new Set(told.map(({ from }) => from))].map((from) => {
    const at = told.filter((one) => one.from === from).map(({ address, open }) => `${open.length} at ${address}`);
    return `from ${from === host ? "itself" : from} ${at.join(", ")}`;
  });
  return good("reach", host, `of ${ports} ports answer ${words.join("; ")}`);
}
