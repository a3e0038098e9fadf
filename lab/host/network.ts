import { existsSync, rmSync, statSync } from "node:fs";
import { z } from "zod";
import { powerOff } from "./cgroup";
import {
  BRIDGE,
  LAB_HOSTS,
  LAB_SUBNET,
  type LabHost,
  OPERATOR_INTERFACE,
  REPLICATION_INTERFACE,
  REPLICATION_SUBNET,
} from "./layout";
import type { Part } from "./progress";
import { attempt, LabError, run, succeeds } from "./run";

/** The first lets containers reach others, the second lets an engine publish ports on addresses that come up after it. */
const NAMESPACE_SETTINGS = ["/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv4/ip_nonlocal_bind"] as const;

const linkSchema = z.object({
  ifname: z.string(),
  flags: z.array(z.string()).default([]),
  master: z.string().optional(),
  addr_info: z.array(z.object({ local: z.string().optional(), prefixlen: z.number() })).default([]),
});

/** One network interface, as `ip -json address` shows it. */
export type Link = z.infer<typeof linkSchema>;

/** Reads the output of `ip -json address`; the empty objects that some versions print for filtered links are dropped. */
export function parseLinks(json: string): readonly Link[] {
  const entries = z.array(z.looseObject({ ifname: z.string().optional() })).parse(JSON.parse(json || "[]"));
  return entries.filter((entry) => entry.ifname !== undefined).map((entry) => linkSchema.parse(entry));
}

/** What is wrong with a link that should be up, carry `address` and hang on `master`; undefined when nothing is. */
export function linkFault(
  links: readonly Link[],
  name: string,
  want: { address?: string; prefix?: number; master?: string },
): string | undefined {
  const link = links.find((one) => one.ifname === name);
  if (link === undefined) return `${name} is missing`;
  if (!link.flags.includes("UP")) return `${name} is down`;
  if (want.master !== undefined && link.master !== want.master) return `${name} is not on ${want.master}`;
  const found = link.addr_info.some((one) => one.local === want.address && one.prefixlen === want.prefix);
  return want.address === undefined || found ? undefined : `${name} lacks ${want.address}`;
}

/** Links outside the lab that already use an address of the lab's network. */
export function foreignAddresses(links: readonly Link[]): readonly string[] {
  const prefix = LAB_SUBNET.replace(/\.0\/24$/, ".");
  return links
    .filter((link) => link.ifname !== BRIDGE.name)
    .filter((link) => link.addr_info.some((one) => one.local?.startsWith(prefix) === true))
    .map((link) => link.ifname);
}

async function linksOf(host?: LabHost): Promise<readonly Link[]> {
  const where = host === undefined ? [] : ["-n", host.namespace];
  const result = await attempt("ip", [...where, "-json", "address"]);
  return result.code === 0 ? parseLinks(result.stdout) : [];
}

/** A namespace file is a mount of its namespace; after a reboot of the machine it may be left as an empty plain file. */
function namespaceExists(host: LabHost): boolean {
  const stat = statSync(host.namespaceFile, { throwIfNoEntry: false });
  return stat !== undefined && stat.dev === statSync("/proc/self/ns/net").dev;
}

/** Whatever still runs in a namespace that has lost its name can never be reached again: the host is switched off first. */
async function makeNamespace(host: LabHost): Promise<void> {
  await powerOff(host);
  if (existsSync(host.namespaceFile)) {
    await attempt("umount", ["-l", host.namespaceFile]);
    rmSync(host.namespaceFile, { force: true });
  }
  await run("ip", ["netns", "add", host.namespace]);
}

async function makeBridge(): Promise<void> {
  const foreign = foreignAddresses(await linksOf());
  if (foreign.length > 0) {
    throw new LabError(
      `the lab needs ${LAB_SUBNET}, and ${foreign.join(", ")} of this machine already has an address in it; next: ip address show`,
    );
  }
  if (!(await succeeds("ip", ["link", "show", BRIDGE.name]))) {
    await run("ip", ["link", "add", BRIDGE.name, "address", BRIDGE.mac, "type", "bridge"]);
  }
  await run("ip", ["address", "replace", `${BRIDGE.address}/${BRIDGE.prefix}`, "dev", BRIDGE.name]);
  await run("ip", ["link", "set", BRIDGE.name, "up"]);
  // Else such addresses would be looked for where this machine's other traffic goes, and something there may answer.
  await run("ip", ["route", "replace", "unreachable", REPLICATION_SUBNET]);
}

async function raise(host: LabHost, name: string, address: string): Promise<void> {
  await run("ip", ["-n", host.namespace, "address", "replace", `${address}/${host.prefix}`, "dev", name]);
  await run("ip", ["-n", host.namespace, "link", "set", name, "up"]);
}

async function makeOperatorLink(host: LabHost): Promise<void> {
  const outside = await succeeds("ip", ["link", "show", host.operatorLink]);
  const inside = await succeeds("ip", ["-n", host.namespace, "link", "show", OPERATOR_INTERFACE]);
  if (!outside || !inside) {
    await attempt("ip", ["link", "del", host.operatorLink]);
    const peer = ["peer", "name", OPERATOR_INTERFACE, "address", host.mac, "netns", host.namespace];
    await run("ip", ["link", "add", host.operatorLink, "type", "veth", ...peer]);
  }
  await run("ip", ["link", "set", host.operatorLink, "master", BRIDGE.name, "up"]);
  await run("ip", ["-n", host.namespace, "link", "set", "lo", "up"]);
  await raise(host, OPERATOR_INTERFACE, host.address);
  for (const setting of NAMESPACE_SETTINGS) {
    await run("nsenter", [`--net=${host.namespaceFile}`, "sh", "-c", `echo 1 >${setting}`]);
  }
}

async function makeReplicationLink(a: LabHost, b: LabHost): Promise<void> {
  const there = await Promise.all(
    [a, b].map((host) => succeeds("ip", ["-n", host.namespace, "link", "show", REPLICATION_INTERFACE])),
  );
  if (there.includes(false)) {
    await attempt("ip", ["-n", a.namespace, "link", "del", REPLICATION_INTERFACE]);
    await attempt("ip", ["-n", b.namespace, "link", "del", REPLICATION_INTERFACE]);
    const end = (host: LabHost): string[] => ["name", REPLICATION_INTERFACE, "address", host.replicationMac];
    const veth = ["type", "veth", "peer", ...end(b), "netns", b.namespace];
    await run("ip", ["-n", a.namespace, "link", "add", ...end(a), ...veth]);
  }
  for (const host of [a, b]) await raise(host, REPLICATION_INTERFACE, host.replicationAddress);
}

async function operatorLinkFault(host: LabHost): Promise<string | undefined> {
  const [outside, inside] = await Promise.all([linksOf(), linksOf(host)]);
  return (
    linkFault(outside, host.operatorLink, { master: BRIDGE.name }) ??
    linkFault(inside, "lo", {}) ??
    linkFault(inside, OPERATOR_INTERFACE, host) ??
    (await settingFault(host))
  );
}

async function settingFault(host: LabHost): Promise<string | undefined> {
  const said = await attempt("nsenter", [`--net=${host.namespaceFile}`, "cat", ...NAMESPACE_SETTINGS]);
  const off = NAMESPACE_SETTINGS.filter((_, at) => said.stdout.split("\n")[at] !== "1");
  return off.length === 0 ? undefined : `${off.join(" and ")} is off`;
}

async function replicationLinkFault(): Promise<string | undefined> {
  const faults = await Promise.all(
    LAB_HOSTS.map(async (host) => {
      const want = { address: host.replicationAddress, prefix: host.prefix };
      const fault = linkFault(await linksOf(host), REPLICATION_INTERFACE, want);
      return fault === undefined ? undefined : `${host.name}: ${fault}`;
    }),
  );
  return faults.find((fault) => fault !== undefined);
}

/** Puts the host's links up: its own ends of both networks, and the operator's end of the link to it. The peer's end is not touched. */
export async function raiseLinks(host: LabHost): Promise<void> {
  await makeOperatorLink(host);
  await raise(host, REPLICATION_INTERFACE, host.replicationAddress);
}

/**
 * Removes the bridges and the containers' links that an engine made and that outlived it. A dead container's namespace lives as long as
 * the kernel tries to end its connections, and would go on answering for an address that another container has been given since.
 */
export async function removeEngineLinks(host: LabHost): Promise<void> {
  const own = ["lo", OPERATOR_INTERFACE, REPLICATION_INTERFACE];
  for (const { ifname } of await linksOf(host)) {
    if (!own.includes(ifname)) await attempt("ip", ["-n", host.namespace, "link", "del", ifname]);
  }
}

/** The network of the lab, in the order in which its parts need each other. */
export function networkParts(): readonly Part[] {
  const [a, b] = LAB_HOSTS as readonly [LabHost, LabHost];
  return [
    {
      name: "bridge",
      inspect: async () => linkFault(await linksOf(), BRIDGE.name, BRIDGE),
      repair: makeBridge,
    },
    ...LAB_HOSTS.map((host) => ({
      name: `${host.name} namespace`,
      inspect: () => Promise.resolve(namespaceExists(host) ? undefined : "no namespace"),
      repair: () => makeNamespace(host),
    })),
    ...LAB_HOSTS.map((host) => ({
      name: `${host.name} link`,
      inspect: () => operatorLinkFault(host),
      repair: () => makeOperatorLink(host),
    })),
    { name: "replication link", inspect: replicationLinkFault, repair: () => makeReplicationLink(a, b) },
  ];
}

/** Names of the lab's links and namespaces that are on this machine now. */
export async function networkLeftovers(): Promise<readonly string[]> {
  const names = [BRIDGE.name, ...LAB_HOSTS.map((host) => host.operatorLink)];
  const links = (await linksOf()).map((link) => link.ifname).filter((name) => names.includes(name));
  const namespaces = LAB_HOSTS.filter((host) => existsSync(host.namespaceFile)).map((host) => host.namespace);
  return [...links.map((name) => `link ${name}`), ...namespaces.map((name) => `namespace ${name}`)];
}

/** Removes namespaces, links and bridge. A link goes with either of its ends. */
export async function removeNetwork(): Promise<void> {
  for (const host of LAB_HOSTS) {
    await attempt("ip", ["link", "del", host.operatorLink]);
    await attempt("ip", ["-n", host.namespace, "link", "del", REPLICATION_INTERFACE]);
  }
  await attempt("ip", ["link", "del", BRIDGE.name]);
  await attempt("ip", ["route", "del", "unreachable", REPLICATION_SUBNET]);
  for (const host of LAB_HOSTS) {
    await attempt("ip", ["netns", "del", host.namespace]);
    await attempt("umount", ["-l", host.namespaceFile]);
    rmSync(host.namespaceFile, { force: true });
  }
}
