import { z } from "zod";
import type { Fault } from "./fault";
import { dropReceived, dropSent, enforceRules, type PacketRule, removeRules, rulesInForce } from "./packet-rules";
import { BRIDGE, LAB_HOSTS, type LabHost, OPERATOR_INTERFACE, REPLICATION_INTERFACE } from "../host/layout";
import { attempt, run } from "../host/run";

/** A line of 1 Mbit/s whose queue holds half a second; beyond that, packets are dropped. */
const SHAPE = ["rate", "1mbit", "burst", "16kb", "latency", "500ms"] as const;

const queuesSchema = z.array(z.looseObject({ kind: z.string().optional() }));

/** Whether the output of `tc -json qdisc show` for one link has a token bucket in it. */
export function isShaped(json: string): boolean {
  return queuesSchema.parse(JSON.parse(json || "[]")).some((queue) => queue.kind === "tbf");
}

async function isSlow(host: LabHost): Promise<boolean> {
  const shown = await attempt("tc", ["-n", host.namespace, "-json", "qdisc", "show", "dev", REPLICATION_INTERFACE]);
  return shown.code === 0 && isShaped(shown.stdout);
}

/** A token bucket at each end of the line between the hosts. It bounds the rate; an idle line is as quick as ever. */
export const slowLink: Fault = {
  name: "slow-link",
  sentence: "the line between the hosts carries 1 Mbit/s, and waits half a second when it is full",
  scope: "pair",
  lasts: true,
  strike: async (host) => {
    await run("tc", ["-n", host.namespace, "qdisc", "replace", "dev", REPLICATION_INTERFACE, "root", "tbf", ...SHAPE]);
  },
  heal: async (host) => {
    if (await isSlow(host))
      await run("tc", ["-n", host.namespace, "qdisc", "del", "dev", REPLICATION_INTERFACE, "root"]);
  },
  isOn: isSlow,
};

/** Share of packets that `lossy-link` drops, in each direction. */
export const LOSS = "0.1";

function peersOf(host: LabHost): readonly LabHost[] {
  return LAB_HOSTS.filter((one) => one !== host);
}

/** A host is reached on two networks; who is cut off is cut off on both. */
function peerAddresses(host: LabHost): readonly string[] {
  return peersOf(host).flatMap((peer) => [peer.replicationAddress, peer.address]);
}

function ruleFault(
  fault: Pick<Fault, "name" | "sentence" | "scope">,
  rulesOf: (host: LabHost) => readonly PacketRule[],
): Fault {
  return {
    ...fault,
    lasts: true,
    strike: (host) => enforceRules(host, fault.name, rulesOf(host)),
    heal: (host) => removeRules(host, fault.name, rulesOf(host)),
    isOn: (host) => rulesInForce(host, fault.name, rulesOf(host)),
  };
}

/** The two hosts cannot reach each other; the operator reaches both. */
export const cutHosts = ruleFault(
  {
    name: "cut-hosts",
    sentence: "nothing passes between the two hosts, on either network; the operator reaches both",
    scope: "pair",
  },
  (host) => peerAddresses(host).flatMap((address) => [dropReceived("-s", address), dropSent("-d", address)]),
);

/** The operator cannot reach one host; the hosts reach each other. */
export const cutOperator = ruleFault(
  {
    name: "cut-operator",
    sentence: "nothing passes between the operator and the host; the hosts reach each other",
    scope: "host",
  },
  () => [
    dropReceived("-i", OPERATOR_INTERFACE, "-s", BRIDGE.address),
    dropSent("-o", OPERATOR_INTERFACE, "-d", BRIDGE.address),
  ],
);

/** One host no longer hears the other, and is still heard by it. */
export const oneWayCut = ruleFault(
  {
    name: "one-way-cut",
    sentence: "the host hears nothing from the other one, which still hears it; the operator reaches both",
    scope: "host",
  },
  (host) => peerAddresses(host).map((address) => dropReceived("-s", address)),
);

/** The link between the hosts loses a share of its packets. */
export const lossyLink = ruleFault(
  {
    name: "lossy-link",
    sentence: "one packet in ten between the hosts is lost, in each direction",
    scope: "pair",
  },
  () => [dropReceived("-i", REPLICATION_INTERFACE, "-m", "statistic", "--mode", "random", "--probability", LOSS)],
);
