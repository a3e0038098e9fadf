import { STORE_NAMES } from "../../../settings/services";
import { DEMOTION, PROMOTION } from "../../../settings/steps";
import type { EvidenceDocument, Topology } from "../../document";
import { roleOf } from "../../observed-role";
import { CLOCK_TOLERANCE_MS } from "./times";
import { claimsSwap, finding, stepOf, unless, type Finding, type Rule } from "../rule";

type Roles = Readonly<Record<"from" | "to", "primary" | "standby" | "any">>;

/** Who was primary before the drill, and who is after it. */
export const hostRules: readonly Rule[] = [
  {
    id: "hosts-differ",
    sentence: "the roles go from one host to another",
    check: ({ document: { drill } }) =>
      unless(drill.fromHost !== drill.toHost, "FAILOVER_TO_HOST", drill.toHost, `not ${drill.fromHost}`),
  },
  {
    id: "topology-before",
    sentence: "before the drill both stores had their primary on the old host and their standby on the new one",
    check: ({ document }) => {
      if (!document.success) return [];
      const from = isUnplanned(document) ? "any" : "primary";
      return topologyFaults(document, "before", { from, to: "standby" });
    },
  },
  {
    id: "topology-after",
    sentence: "after the drill both stores have one primary, on the new host, and follow it from the old one",
    check: ({ document }) => {
      if (!claimsSwap(document)) return [];
      const from = isUnplanned(document) ? "any" : "standby";
      return topologyFaults(document, "after", { from, to: "primary" });
    },
  },
  {
    id: "topology-read-in-drill",
    sentence:
      "a success read its hosts during the drill: before the cutover window, and again after promotion had begun",
    check: ({ document }) => {
      if (!document.success) return [];
      const { startedAt, finishedAt } = document.drill;
      const { before, after } = document.topology;
      const executed = claimsSwap(document);
      const cut = (executed && stepOf(document, DEMOTION)?.startedAt) || finishedAt;
      const promotion = (executed && stepOf(document, PROMOTION)?.startedAt) || startedAt;
      return [...readFaults("before", before, startedAt, cut), ...readFaults("after", after, promotion, finishedAt)];
    },
  },
  {
    id: "kind-fits-hosts",
    sentence: "in a failover the old primary did not answer, or could not be demoted",
    check: ({ document }) => {
      if (!claimsSwap(document) || !isUnplanned(document)) return [];
      const { before, after } = document.topology;
      const old = [before, after]
        .flatMap((one) => one?.hosts ?? [])
        .filter((one) => one.host === document.drill.fromHost);
      const answered = old.every((one) => one.timescaledb.state === "observed" && one.redis.state === "observed");
      const demoted = stepOf(document, DEMOTION)?.status === "passed";
      const limit = "planned, since the old primary answered and was demoted";
      return unless(!answered || !demoted, "FAILOVER_KIND", document.drill.kind, limit);
    },
  },
];

function readFaults(when: "before" | "after", topology: Topology | null, earliest: string, latest: string): Finding[] {
  if (topology === null) return [];
  const at = Date.parse(topology.readAt);
  const inside = at >= Date.parse(earliest) - CLOCK_TOLERANCE_MS && at <= Date.parse(latest) + CLOCK_TOLERANCE_MS;
  return unless(inside, `document.topology.${when}.readAt`, topology.readAt, `${earliest} to ${latest}`);
}

function isUnplanned({ drill }: EvidenceDocument): boolean {
  return drill.kind === "unplanned";
}

function topologyFaults(document: EvidenceDocument, when: "before" | "after", roles: Roles): Finding[] {
  const key = `document.topology.${when}`;
  const topology = document.topology[when];
  if (topology === null) return [finding(key, null, "both hosts, observed")];
  const { fromHost, toHost } = document.drill;
  const hosts = topology.hosts.map((host) => host.host).sort();
  const bothHosts = [fromHost, toHost].sort();
  return [
    ...unless(hosts.join() === bothHosts.join(), `${key}.hosts`, hosts.join(), bothHosts.join()),
    ...hostFaults(topology, key, fromHost, roles.from),
    ...hostFaults(topology, key, toHost, roles.to),
  ];
}

/** `any` is a host that may be gone: unknown will do, but observed as a second primary it refuses. */
function hostFaults(topology: Topology, key: string, name: string, role: Roles["from"]): Finding[] {
  return topology.hosts.flatMap((host, index) => {
    if (host.host !== name) return [];
    return STORE_NAMES.flatMap((store) => {
      const observed = roleOf(host[store]) ?? null;
      const where = `${key}.hosts[${index}].${store}`;
      if (role !== "any") return unless(observed === role, where, observed, `${role} (${name})`);
      const second = key.endsWith(".after") && observed === "primary";
      return unless(!second, where, observed, `not a second primary (${name})`);
    });
  });
}
