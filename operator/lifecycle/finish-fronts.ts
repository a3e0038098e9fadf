import { pollUntil } from "../../drills/hosts/bounded";
import { isAskedThroughFront } from "../../drills/hosts/front-state";
import { madePortsOf } from "../../drills/hosts/listening";
import { CERTIFICATE_KEYS } from "../../settings/certificates/stored";
import { hasFront } from "../../settings/encryption";
import type { Environment } from "../../settings/environment";
import { isClosed } from "../../settings/front";
import { viewFrom } from "../../settings/pair";
import type { ResourceChanges } from "../failover/bring-up";
import type { HostStack } from "../failover/pair-stacks";

/** Prometheus takes up to 5 s until it asks what a new configuration says. */
const TAKEN_UP = { deadlineMs: 20_000, pauseMs: 1000 };

/**
 * The hosts of a pair with certificates whose services still speak plain HTTP on the host's addresses: the other host may
 * have asked them so when their stack came up. Where an engine does not answer, nothing is known and nothing said.
 */
export async function stillPlain(
  stacks: readonly HostStack[],
  environment: Environment,
): Promise<readonly HostStack[]> {
  if (stacks.length < 2) return [];
  const found = await Promise.all(
    stacks.map(async (one) => {
      const config = await one.stack.getAllConfig();
      if (!hasFront(environment, config[`understudy:${CERTIFICATE_KEYS.certificates}`] !== undefined)) return [];
      return madePortsOf(one.host).then(
        (made) => (isClosed(made) ? [] : [one]),
        () => [],
      );
    }),
  );
  return found.flat();
}

/** Waits until the other host's Prometheus asks a host through its front, or it is plain that it will not soon. */
export async function untilAskedThroughFront(host: string, environment: Environment): Promise<void> {
  const view = viewFrom(environment, host);
  await pollUntil(
    () => isAskedThroughFront(view, environment),
    (through) => through,
    TAKEN_UP,
  );
}

/** What an engine run did to one stack: how many resources, by what became of them, and why it failed, if it did. */
export interface Round {
  readonly stack: string;
  readonly changes: ResourceChanges;
}

/** What the runs did to each stack, with one more run of one of them as if it were one. Pure. */
export function withRound<R extends Round>(rounds: readonly R[], more: R): readonly R[] {
  return rounds.map((one) => {
    if (one.stack !== more.stack) return one;
    const kinds = new Set([...Object.keys(one.changes), ...Object.keys(more.changes)]);
    const sum = (kind: string): number => (one.changes[kind] ?? 0) + (more.changes[kind] ?? 0);
    const counts = [...kinds].map((kind) => [kind, kind === "same" ? (more.changes[kind] ?? 0) : sum(kind)] as const);
    return { ...more, changes: Object.fromEntries(counts) };
  });
}
