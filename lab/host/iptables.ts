import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import * as path from "node:path";
import type { LabHost } from "./layout";
import { attempt, LabError, LAB_PATH, succeeds } from "./run";

/** The machine's own choice first; kernels without nf_tables support need the legacy tool, and the other way round. */
const CANDIDATES = ["iptables", "iptables-legacy", "iptables-nft"] as const;

const CHAIN = "understudy-probe";

/** The kinds of rule a Docker engine needs, each in a chain of its own that is removed again. */
const PROBES: readonly (readonly string[])[] = [
  ["-t", "nat", "-N", CHAIN],
  ["-t", "nat", "-A", CHAIN, "-m", "addrtype", "--dst-type", "LOCAL", "-j", "RETURN"],
  ["-t", "nat", "-A", CHAIN, "-p", "tcp", "--dport", "1", "-j", "DNAT", "--to-destination", "127.0.0.1:1"],
  ["-t", "filter", "-N", CHAIN],
  ["-t", "filter", "-A", CHAIN, "-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT"],
];

async function works(host: LabHost, candidate: string): Promise<boolean> {
  const inside = (rule: readonly string[]): Promise<boolean> =>
    succeeds("nsenter", [`--net=${host.namespaceFile}`, candidate, "--wait", "5", ...rule]);
  let good = true;
  for (const rule of PROBES) good = good && (await inside(rule));
  for (const table of ["nat", "filter"]) {
    await inside(["-t", table, "-F", CHAIN]);
    await inside(["-t", table, "-X", CHAIN]);
  }
  return good;
}

async function locate(tool: string): Promise<string> {
  return (await attempt("sh", ["-c", `command -v ${tool}`])).stdout.trim();
}

/**
 * Finds the iptables that works in the host's namespace, by trying, and returns a folder in which `iptables` is that one.
 * @throws LabError when none of them can write the rules an engine needs.
 */
export async function workingIptables(host: LabHost): Promise<string> {
  for (const candidate of CANDIDATES) {
    if (!(await works(host, candidate))) continue;
    const folder = path.join(host.folder, "bin");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const suffix of ["", "-save", "-restore"]) {
      const real = await locate(`${candidate}${suffix}`);
      if (real !== "") symlinkSync(real, path.join(folder, `iptables${suffix}`));
    }
    return folder;
  }
  throw new LabError(
    `none of ${CANDIDATES.join(", ")} works in ${host.namespace} (PATH ${LAB_PATH}); next: apt-get install iptables`,
  );
}
