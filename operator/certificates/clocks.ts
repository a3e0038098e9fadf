import type { NamedHost } from "../../settings/pair";
import { messageOf, UserError } from "../../settings/user-error";
import { readClock, type ClockReading } from "../doctor/host-facts";

/** While a host's clock differs by more than this from the clock that dates a certificate, nothing is issued. */
export const MOST_DIFFERENCE_MS = 300_000;

/** A host's clock, or why it could not be read. */
export type HostClock = ClockReading | { readonly reason: string };

/** Reads every host's clock over SSH, by its name. */
export async function readClocks(hosts: readonly NamedHost[]): Promise<Readonly<Record<string, HostClock>>> {
  const read = await Promise.all(
    hosts.map(async (host): Promise<readonly [string, HostClock]> => {
      const clock = await readClock(host).catch((error: unknown) => ({ reason: messageOf(error) }));
      return [host.name, clock];
    }),
  );
  return Object.fromEntries(read);
}

/**
 * The hosts whose clock could not be read, each with why: nothing is issued for them now, since a certificate may not be
 * valid there. Pure.
 * @throws UserError, exit code 3, when a clock differs by more than the bound for certain, or none could be read
 */
export function hostsWithoutClock(clocks: Readonly<Record<string, HostClock>>): Readonly<Record<string, string>> {
  const entries = Object.entries(clocks);
  for (const [host, clock] of entries) {
    if ("reason" in clock || Math.abs(clock.offsetMs) - clock.errorMs <= MOST_DIFFERENCE_MS) continue;
    throw new UserError(
      `the clock of ${host} is ${seconds(clock.offsetMs)} s ${clock.offsetMs > 0 ? "ahead of" : "behind"} this machine's, at most ${seconds(MOST_DIFFERENCE_MS)} s: no certificate is issued, for it would begin and end at another time there`,
      "on the one that is wrong: timedatectl set-ntp true; then understudy doctor",
      3,
    );
  }
  const unread = entries.flatMap(([host, clock]) => ("reason" in clock ? [[host, clock.reason] as const] : []));
  if (unread.length > 0 && unread.length === entries.length) {
    throw new UserError(
      `no host's clock can be read, and no certificate is issued without one: ${unread.map(([host, why]) => `${host}: ${why}`).join("; ")}`,
      "understudy doctor",
      3,
    );
  }
  return Object.fromEntries(unread);
}

function seconds(ms: number): number {
  return Math.abs(Math.round(ms / 1000));
}
