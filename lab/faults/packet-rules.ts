import { existsSync } from "node:fs";
import * as path from "node:path";
import { workingIptables } from "../host/iptables";
import type { LabHost } from "../host/layout";
import { attempt, LabError, type RunResult } from "../host/run";

/** One iptables rule in a host's own network namespace. */
export interface PacketRule {
  readonly table: "raw" | "mangle";
  readonly chain: "PREROUTING" | "POSTROUTING";
  readonly match: readonly string[];
}

/** Packets the host receives are dropped before anything else sees them, also those for a container's published port. */
export function dropReceived(...match: string[]): PacketRule {
  return { table: "raw", chain: "PREROUTING", match };
}

/** Packets the host or a container of it sends are dropped as the last thing before they leave. */
export function dropSent(...match: string[]): PacketRule {
  return { table: "mangle", chain: "POSTROUTING", match };
}

/** The words of a rule after the chain's name; the comment tells whose rule it is. */
export function ruleWords(rule: PacketRule, fault: string): readonly string[] {
  return [...rule.match, "-m", "comment", "--comment", `understudy-${fault}`, "-j", "DROP"];
}

async function iptables(host: LabHost, words: readonly string[]): Promise<RunResult> {
  const known = path.join(host.folder, "bin");
  const folder = existsSync(path.join(known, "iptables")) ? known : await workingIptables(host);
  return attempt("nsenter", [`--net=${host.namespaceFile}`, path.join(folder, "iptables"), "--wait", "5", ...words]);
}

async function holds(host: LabHost, fault: string, rule: PacketRule): Promise<boolean> {
  return (await iptables(host, ["-t", rule.table, "-C", rule.chain, ...ruleWords(rule, fault)])).code === 0;
}

/** Whether any of the fault's rules is in force: also one that a strike which was cut short left behind. */
export async function rulesInForce(host: LabHost, fault: string, rules: readonly PacketRule[]): Promise<boolean> {
  if (!existsSync(host.namespaceFile)) return false;
  const found = await Promise.all(rules.map((rule) => holds(host, fault, rule)));
  return found.includes(true);
}

/** Takes the fault's rules out, however often each is there. */
export async function removeRules(host: LabHost, fault: string, rules: readonly PacketRule[]): Promise<void> {
  for (const rule of rules) {
    while (await holds(host, fault, rule)) {
      const done = await iptables(host, ["-t", rule.table, "-D", rule.chain, ...ruleWords(rule, fault)]);
      if (done.code !== 0) throw ruleError(host, fault, "removed", done);
    }
  }
}

/**
 * Puts the fault's rules first in their chains.
 * @throws LabError when this kernel does not know a kind of match; what was put in is taken out again
 */
export async function enforceRules(host: LabHost, fault: string, rules: readonly PacketRule[]): Promise<void> {
  await removeRules(host, fault, rules);
  for (const rule of rules) {
    const done = await iptables(host, ["-t", rule.table, "-I", rule.chain, "1", ...ruleWords(rule, fault)]);
    if (done.code === 0) continue;
    await removeRules(host, fault, rules);
    throw ruleError(host, fault, "made", done);
  }
}

function ruleError(host: LabHost, fault: string, what: string, result: RunResult): LabError {
  const reason = result.stderr.trim().split("\n")[0] ?? "";
  return new LabError(
    `${fault} cannot be ${what} on ${host.name}: ${reason || "iptables failed"}; next: understudy lab fault`,
  );
}
