import * as path from "node:path";
import { LOOPBACK_RULE } from "../../drills/hosts/loopback-rule";
import type { LabHost } from "./layout";
import type { Part } from "./progress";
import { attempt, run } from "./run";

/** The words that run the iptables of a host's engine in its namespace; the engine's start has found which one that is. */
function iptables(host: LabHost, command: "-C" | "-I"): readonly string[] {
  const tool = path.join(host.folder, "bin/iptables");
  return [`--net=${host.namespaceFile}`, tool, "--wait", "5", "-t", "raw", command, "PREROUTING", ...LOOPBACK_RULE];
}

/**
 * The rule that `understudy doctor` asks for where Docker is older than 28: without it the other host, and this machine,
 * reach the ports that a host publishes on its loopback alone. It stays for as long as the host's namespace does.
 */
export function firewallPart(host: LabHost): Part {
  return {
    name: `${host.name} firewall`,
    inspect: async () => {
      const { code } = await attempt("nsenter", iptables(host, "-C"));
      return code === 0 ? undefined : "neighbours reach its loopback";
    },
    repair: async () => {
      await run("nsenter", iptables(host, "-I"));
    },
  };
}
