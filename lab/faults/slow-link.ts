import { z } from "zod";
import { REPLICATION_INTERFACE, type LabHost } from "../host/layout";
import { attempt, run } from "../host/run";
import type { Fault } from "./fault";

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
