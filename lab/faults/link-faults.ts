import { BRIDGE, LAB_HOSTS, OPERATOR_INTERFACE, REPLICATION_INTERFACE, type LabHost } from "../host/layout";
import type { Fault } from "./fault";
import { dropReceived, dropSent, enforceRules, removeRules, rulesInForce, type PacketRule } from "./packet-rules";

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

export const cutHosts = ruleFault(
  {
    name: "cut-hosts",
    sentence: "nothing passes between the two hosts, on either network; the operator reaches both",
    scope: "pair",
  },
  (host) => peerAddresses(host).flatMap((address) => [dropReceived("-s", address), dropSent("-d", address)]),
);

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

export const oneWayCut = ruleFault(
  {
    name: "one-way-cut",
    sentence: "the host hears nothing from the other one, which still hears it; the operator reaches both",
    scope: "host",
  },
  (host) => peerAddresses(host).map((address) => dropReceived("-s", address)),
);

export const lossyLink = ruleFault(
  {
    name: "lossy-link",
    sentence: "one packet in ten between the hosts is lost, in each direction",
    scope: "pair",
  },
  () => [dropReceived("-i", REPLICATION_INTERFACE, "-m", "statistic", "--mode", "random", "--probability", LOSS)],
);
