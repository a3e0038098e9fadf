import type { NamedHost } from "../../settings/pair";
import { runOnHost } from "./run-on-host";

/** What an older Docker does not do: whatever comes for loopback from elsewhere is dropped before a port is looked for. */
export const LOOPBACK_RULE = ["-d", "127.0.0.0/8", "!", "-i", "lo", "-j", "DROP"] as const;

/** For any sh: the first chain of each kind of tables that the host has; nothing where its account may not read them. */
const SCRIPT = `for tool in iptables iptables-legacy iptables-nft; do $tool --wait 5 -t raw -S PREROUTING 2>/dev/null; done; :`;

/** Whether such a rule is among those that were printed; one that lets some through first does not count. Pure. */
export function hasLoopbackRule(printed: string): boolean {
  const rules = printed.split("\n").filter((line) => line.startsWith("-A PREROUTING "));
  return rules.some((line) =>
    /^-A PREROUTING -d 127\.0\.0\.0\/8 ! -i lo (?:-m comment --comment \S+ )?-j DROP$/.test(line),
  );
}

/** Asks a host over SSH whether neighbours are kept from its loopback. False as well where its account may not see that. @throws Error when it cannot be asked */
export async function dropsStrayLoopback(host: Pick<NamedHost, "name" | "docker" | "ssh_config">): Promise<boolean> {
  return hasLoopbackRule(await runOnHost(host, "sh", SCRIPT));
}
