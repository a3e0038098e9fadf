import { expect } from "chai";
import type { IdlePair } from "../../toolchain/pages/idle-hour-part";

/** Fires always, as long as alerts are evaluated and told at all. */
export const DEADMAN = "Watchdog";
/** Its group is evaluated every 15 s; that one evaluation in twenty is late is no time in which nobody looked. */
const LEAST_EVALUATIONS_PER_MINUTE = 3.8;
/** Five services and the agent of each host. */
const LEAST_TARGETS = 12;

/** What one host's Prometheus has recorded of it. */
export type Heard = IdlePair["hosts"][number];

/** No alert fired, and somebody looked all the time. */
export function expectQuiet({ hosts, minutes }: IdlePair): void {
  expect(hosts.map(({ host }) => host)).to.deep.equal(["host-a", "host-b"]);
  for (const { host, alerts, deadmanSamples, targets } of hosts) {
    expect(
      alerts.filter(({ state }) => state === "firing"),
      host,
    ).to.deep.equal([]);
    expect(deadmanSamples, `${host}: evaluations in which the deadman's switch fired`).to.be.at.least(
      minutes * LEAST_EVALUATIONS_PER_MINUTE,
    );
    expect(targets, host).to.have.length.at.least(LEAST_TARGETS);
  }
}
