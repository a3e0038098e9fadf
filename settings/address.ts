import { isIP } from "node:net";

/** Every address of the host, of one family: what a port that is open to everybody listens on. */
export const WILDCARDS = ["0.0.0.0", "::"] as const;

/** Where only the host itself reaches a port. */
export const LOOPBACK = "127.0.0.1";

/**
 * An IP address in the one way of writing it that everybody here compares by: IPv6 in lower case, as short as it can be.
 * @returns undefined when the text is no address, or one that no port can be published on: with a zone, such as `fe80::1%eth0`
 */
export function canonicalAddress(text: string): string | undefined {
  const family = isIP(text);
  if (family === 4) return text;
  if (family !== 6 || text.includes("%")) return undefined;
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

/** Whether it is every address of the host. */
export function isWildcard(address: string): boolean {
  return (WILDCARDS as readonly string[]).includes(address);
}

/** Whether it is an address of the host itself alone: the whole of 127.0.0.0/8, and `::1`. */
export function isLoopback(address: string): boolean {
  return address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}

/** Whether it is an address of one link alone, which a port can be published on only together with its interface. */
export function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address) && isIP(address) === 6;
}

/** An IPv4 address in the clothes of IPv6, which is published as IPv4. */
export function isMapped(address: string): boolean {
  return address.startsWith("::ffff:");
}

const PRIVATE_IPV4 = /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;

/** Whether the whole internet may route to it: neither of loopback, nor of a private network, nor of one link. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !PRIVATE_IPV4.test(address) && !isLoopback(address) && !isWildcard(address);
  return isIP(address) === 6 && /^[23]/.test(address);
}

/** Whether a port that is published on `listens` answers at `address`. */
export function covers(listens: readonly string[], address: string): boolean {
  return listens.includes(address) || listens.includes(isIP(address) === 6 ? "::" : "0.0.0.0");
}

/** An address or a name with a port, as URLs and flags write it: IPv6 in brackets. */
export function hostPort(address: string, port: number): string {
  return `${isIP(address) === 6 ? `[${address}]` : address}:${String(port)}`;
}
