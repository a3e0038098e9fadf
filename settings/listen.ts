import { isIP } from "node:net";
import { z } from "zod";
import { canonicalAddress, covers, isLinkLocal, isLoopback, isMapped, isWildcard, LOOPBACK } from "./address";

const NAME = /^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?$/;

function published(address: string | undefined): address is string {
  return address !== undefined && !isLinkLocal(address) && !isMapped(address);
}

/** Where others find a host: an address or a name, with nothing about it. */
export const addressSchema = z
  .string()
  .refine(
    (text) => published(canonicalAddress(text)) || (NAME.test(text) && isIP(text) === 0),
    "an IP address or a name, without brackets, zone or port",
  );

/** Where the other host finds it: as `addressSchema`, over IPv4. */
export const replicationAddressSchema = addressSchema.refine(
  (text) => isIP(text) !== 6,
  "an IPv4 address: containers reach the other host over Docker's network, which is IPv4",
);

const listenAddress = z
  .string()
  .refine(
    (text) => published(canonicalAddress(text)),
    "an IP address of this host, such as 192.168.40.11 or 2001:db8::11; of a name, its addresses",
  );

/** The field `listen` of a host: addresses, however they are written. */
export const listenSchema = z
  .array(listenAddress)
  .min(1)
  .refine((all) => new Set(all.map(canonicalAddress)).size === all.length, "each address once")
  .refine(
    (all) =>
      [4, 6].every((family) => {
        const some = all.filter((one) => isIP(one) === family);
        return some.length === 1 || !some.some((one) => isWildcard(canonicalAddress(one) ?? one));
      }),
    "0.0.0.0 alone among IPv4 addresses, and :: alone among IPv6 addresses: they are every address of the host",
  )
  .describe(
    "local addresses that the published ports listen on; default: what `address` and `replication_address` are on that host, and 127.0.0.1. Every address of the host, and so everybody whom no firewall stops, only where 0.0.0.0 is written",
  );

/** What of a host its ports listen by. */
export interface ListeningHost {
  readonly name: string;
  readonly address: string;
  readonly replication_address: string;
  readonly listen?: readonly string[] | undefined;
}

/** The two fields of a host that its ports listen on unless `listen` says otherwise. */
export type AddressField = "address" | "replication_address";

/** One of the things that a host's ports are to listen on: an address, or a name with what it is on that host. */
export type ListenEntry =
  | { readonly field: AddressField | "listen" | null; readonly address: string }
  | { readonly field: AddressField; readonly name: string };

/** What the ports of a host are to listen on, in the order of the file; an address that two fields name comes once. */
export function listenEntries(host: Omit<ListeningHost, "name">): ListenEntry[] {
  if (host.listen !== undefined)
    return host.listen.map((text) => ({ field: "listen", address: canonicalAddress(text) ?? text }));
  const entries = (["address", "replication_address"] as const).map((field): ListenEntry => {
    const address = canonicalAddress(host[field]);
    return address === undefined ? { field, name: host[field] } : { field, address };
  });
  const all = [...entries, { field: null, address: LOOPBACK }];
  const key = (one: ListenEntry): string => ("name" in one ? one.name : one.address);
  return all.filter((one, at) => all.findIndex((other) => key(other) === key(one)) === at);
}

/** What names were on a host, by name. */
export type Resolved = Readonly<Record<string, readonly string[]>>;

/** What the ports of one host listen on. */
export interface Listening {
  readonly addresses: readonly string[];
  /**
   * The same with the names that stand for some of it, as a container's label keeps it: `NAME=ADDRESS,ADDRESS ADDRESS`.
   * A name that is something else one day is seen by it, and no container is replaced for that alone.
   */
  readonly label: string;
}

/** What a container's ports were made with, by its labels; the labels are absent from one of a version before them. */
export interface MadePorts {
  readonly listen: string | undefined;
  readonly ports: string | undefined;
  /** The environment that the container was made for, and the host of it. */
  readonly environment?: string | undefined;
  readonly host?: string | undefined;
}

/** What the ports of a host's containers were made with, by the container's name; one that is not there has none. */
export type MadeByContainer = ReadonlyMap<string, MadePorts>;

/** What one host's ports listen on, and what its containers were made with. */
export interface HostListening extends Listening {
  readonly made: MadeByContainer;
}

/** What a host listens on, once every name among it is known. @throws Error when one is not */
export function listeningOf(entries: readonly ListenEntry[], resolved: Resolved): Listening {
  const of = (one: ListenEntry): readonly string[] => {
    if ("address" in one) return [one.address];
    const addresses = resolved[one.name];
    if (addresses === undefined) throw new Error(`nobody knows what ${one.name} is`);
    return addresses;
  };
  const words = entries.map((one) => ("name" in one ? `${one.name}=${of(one).join(",")}` : one.address));
  return { addresses: [...new Set(entries.flatMap(of))], label: words.join(" ") };
}

/** The names of a label, with what they were. */
export function resolvedIn(label: string): Resolved {
  return Object.fromEntries(
    label.split(" ").flatMap((word) => {
      const [name = "", addresses] = word.split("=");
      return addresses === undefined ? [] : [[name, addresses.split(",")]];
    }),
  );
}

/** The addresses of a label. */
export function addressesIn(label: string): readonly string[] {
  return [...new Set(label.split(" ").flatMap((word) => word.slice(word.indexOf("=") + 1).split(",")))];
}

/**
 * Where a port that the other host alone has a use for is published: its address between the hosts where it is published
 * on that, else wherever others reach this host.
 * @param label of a container of this host; undefined on one of a version before it, which was published everywhere
 * @throws Error when others reach nothing there
 */
export function addressesForPeer(
  label: string | undefined,
  { name, replication_address: peer }: ListeningHost,
): readonly string[] {
  const outside = addressesIn(label ?? "0.0.0.0").filter((one) => !isLoopback(one));
  if (outside.length === 0) throw new Error(`${name} listens on loopback alone`);
  return outside.includes(peer) ? [peer] : outside.filter((one) => isIP(one) === 4);
}

/**
 * What a name is for a host's ports: its addresses, the loopback ones only where it has no other, and those of the network
 * between the hosts only as IPv4, over which containers reach the other host.
 * @returns why it cannot be used, in words, when it is nothing that others reach
 */
export function usableAddresses(field: AddressField, found: readonly string[]): readonly string[] | string {
  const all = [...new Set(found.flatMap((one) => canonicalAddress(one) ?? []))].filter((one) => !isLinkLocal(one));
  const outside = all.filter((one) => !isLoopback(one)).sort();
  if (outside.length === 0) {
    return all.length === 0
      ? "has no address there"
      : `is ${all.join(", ")} there, which nobody else reaches: its own /etc/hosts says so`;
  }
  if (field === "address") return outside;
  const ipv4 = outside.filter((one) => isIP(one) === 4);
  return ipv4.length > 0 ? ipv4 : `is ${outside.join(", ")} there, and containers reach the other host over IPv4 alone`;
}

/** Why a host cannot listen as it is declared, by the field, and what to write instead. */
export interface ListenProblem {
  readonly field: string;
  readonly words: string;
  readonly next: string;
}

const WRITE = "write the addresses of that host that its ports are to listen on into";

/** A problem with one field of a host; the way out is always the same field, `listen`. */
export function listenProblem(host: string, field: AddressField | "listen", words: string): ListenProblem {
  return { field: `hosts.${host}.${field}`, words, next: `${WRITE} hosts.${host}.listen` };
}

/**
 * What of a declaration the host cannot do: listen on an address that it does not have, or not listen where its own fields
 * send the operator, the clients and the other host. Pure.
 * @param own every address that the host has
 */
export function listenProblems(
  host: ListeningHost,
  resolved: Resolved,
  own: readonly string[],
): readonly ListenProblem[] {
  const has = `${host.name} has ${own.filter((one) => !isLoopback(one)).join(", ") || "none but loopback"}`;
  const entries = listenEntries(host);
  const absent = entries.flatMap((one): ListenProblem[] => {
    const { field } = one;
    const addresses = "name" in one ? (resolved[one.name] ?? []) : [one.address];
    const missing = addresses.filter(
      (address) => !isWildcard(address) && !isLoopback(address) && !own.includes(address),
    );
    if (field === null || missing.length === 0) return [];
    const named = "name" in one ? ` (${one.name})` : "";
    const nat = field === "listen" ? "" : "; behind a translation of addresses the local ones have to be named";
    return [
      listenProblem(host.name, field, `${missing.join(", ")}${named} is no address of ${host.name}: ${has}${nat}`),
    ];
  });
  const { addresses } = host.listen === undefined ? { addresses: [] } : listeningOf(entries, {});
  const deaf = (["address", "replication_address"] as const).flatMap((field): ListenProblem[] => {
    const address = canonicalAddress(host[field]);
    const mine = address !== undefined && own.includes(address) && !covers(addresses, address);
    if (host.listen === undefined || !mine) return [];
    const who = field === "address" ? "clients and your machine" : "the other host";
    return [listenProblem(host.name, "listen", `lacks ${address}, the ${field}, where ${who} would find nobody`)];
  });
  return [...absent, ...deaf];
}

/** Every problem in one refusal; undefined when there is none. */
export function listenRefusal(problems: readonly ListenProblem[]): { words: string; next: string } | undefined {
  if (problems.length === 0) return undefined;
  return {
    words: problems.map(({ field, words }) => `${field}: ${words}`).join(". "),
    next: [...new Set(problems.map(({ next }) => next))].join("; "),
  };
}
