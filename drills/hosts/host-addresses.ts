import { isIP } from "node:net";
import { canonicalAddress, isLoopback, isWildcard } from "../../settings/address";
import type { NamedHost } from "../../settings/pair";
import { runOnHost } from "./run-on-host";

/** What a host says of its addresses. */
export interface HostAddresses {
  /** Every address that it has now, canonical, of every interface. */
  readonly own: readonly string[];
  /** What each name that was asked for is there; none where it answers nothing, whatever the reason. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** Whether a port can be published on an address that is not there yet, as at a boot; null where it does not say. */
  readonly bindsAbsent: { readonly ipv4: boolean | null; readonly ipv6: boolean | null };
}

const NAME_SECONDS = 5;
const END = "== end";

/** A script for any sh: a mark before each part, and one at its end. It asks the kernel, and for names what the host itself asks. */
export function addressScript(names: readonly string[]): string {
  const setting = (family: string): string => `cat /proc/sys/net/${family}/ip_nonlocal_bind 2>/dev/null || :`;
  return [
    "echo '== ipv4'; awk '/32 host LOCAL/ { print a } { a = $2 }' /proc/net/fib_trie",
    "echo '== ipv6'; cat /proc/net/if_inet6 2>/dev/null || :",
    `echo '== bind ipv4'; ${setting("ipv4")}`,
    `echo '== bind ipv6'; ${setting("ipv6")}`,
    ...names.map((name) => `echo '== name ${name}'; timeout ${NAME_SECONDS} getent ahosts '${name}' || :`),
    `echo '${END}'`,
    "",
  ].join("\n");
}

/** Reads what that script printed. @throws Error when it has not come to its end, or found no address at all */
export function parseAddresses(printed: string): HostAddresses {
  const lines = printed.trim().split("\n");
  if (lines.at(-1) !== END) throw new Error("what the host said of its addresses was truncated");
  const parts = new Map<string, string[]>();
  let part: string[] = [];
  for (const line of lines) {
    if (line.startsWith("== ")) parts.set(line.slice(3), (part = []));
    else part.push(line);
  }
  const ipv6 = (parts.get("ipv6") ?? []).flatMap((line) => {
    const [hex = ""] = line.split(" ");
    return canonicalAddress((hex.match(/.{4}/g) ?? []).join(":")) ?? [];
  });
  const own = [...new Set([...(parts.get("ipv4") ?? []).flatMap((line) => canonicalAddress(line) ?? []), ...ipv6])];
  if (own.length === 0) throw new Error("the host named no address of its own");
  const binds = (family: string): boolean | null => {
    const [said] = parts.get(`bind ${family}`) ?? [];
    return said === "1" ? true : said === "0" ? false : null;
  };
  const names = [...parts].flatMap(([key, said]): [string, readonly string[]][] => {
    if (!key.startsWith("name ")) return [];
    const found = said.flatMap((line) => canonicalAddress(line.split(/\s/, 1)[0] ?? "") ?? []);
    return [[key.slice("name ".length), [...new Set(found)]]];
  });
  return { own, names: Object.fromEntries(names), bindsAbsent: { ipv4: binds("ipv4"), ipv6: binds("ipv6") } };
}

/** Asks a host over SSH. Changes nothing. @throws Error when it cannot be asked */
export async function readHostAddresses(
  host: Pick<NamedHost, "name" | "docker" | "ssh_config">,
  names: readonly string[],
): Promise<HostAddresses> {
  return parseAddresses(await runOnHost(host, "sh", addressScript(names)));
}

/** The kernel settings that a host lacks to publish ports on addresses that are not up yet when it boots. */
export function missingSettings(
  addresses: readonly string[],
  { ipv4, ipv6 }: HostAddresses["bindsAbsent"],
): readonly string[] {
  const late = addresses.filter((one) => !isLoopback(one) && !isWildcard(one));
  const needs = (family: 4 | 6): boolean => late.some((one) => isIP(one) === family);
  return [
    ...(needs(4) && ipv4 === false ? ["net.ipv4.ip_nonlocal_bind"] : []),
    ...(needs(6) && ipv6 === false ? ["net.ipv6.ip_nonlocal_bind"] : []),
  ];
}

/** What root enters on a host for such settings to be there, now and after a boot. */
export function settingsCommand(host: string, settings: readonly string[]): string {
  const file = "/etc/sysctl.d/61-understudy-listen.conf";
  return `on ${host}, as root: printf '%s = 1\\n' ${settings.join(" ")} >${file}; sysctl --load ${file}`;
}
