import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { pollUntil } from "../drills/bounded";
import { bringUp } from "../drills/failover/bring-up";
import { openStacks } from "../drills/failover/pair-stacks";
import { observePair, observedRole } from "../drills/observe";
import { readPairStatus, type PairStatus } from "../drills/pair-status";
import { recordRejoin } from "../drills/rejoin/record-rejoin";
import { messageOf } from "../drills/user-error";
import type { Credentials } from "../settings/credentials";
import type { Environment } from "../settings/environment";
import { namedHosts, type Role } from "../settings/pair";
import { labDown } from "./down";
import { labHeal } from "./faults/heal";
import { LAB_HOSTS, type LabHost } from "./layout";
import { LabError } from "./run";
import type { Progress } from "./progress";
import { labUp } from "./up";

const GOOD_MS = 90_000;
const LOOK_MS = 1_000;

/** The hosts by what they are now. */
export interface PairRoles {
  readonly primary: LabHost;
  readonly standby: LabHost;
}

/** The one host that is primary of both stores, as the stores say; null when there is none, or more than one. */
export async function onePrimary(environment: Environment, credentials: Credentials): Promise<string | null> {
  const topology = await observePair(namedHosts(environment), environment, credentials);
  const names = LAB_HOSTS.map((host) => host.name).filter((name) => observedRole(topology, name) === "primary");
  return names.length === 1 ? (names[0] ?? null) : null;
}

/** Waits for `onePrimary`; null when there is none when the time is up. */
export async function becomesPrimary(
  environment: Environment,
  credentials: Credentials,
  withinMs: number,
): Promise<string | null> {
  const { reading } = await pollUntil(
    () => onePrimary(environment, credentials),
    (primary) => primary !== null,
    { deadlineMs: withinMs, pauseMs: LOOK_MS },
  );
  return reading;
}

/** Every service healthy, one primary, one standby that streams from it, and both declared what they are. */
function rolesOf({ rows, good }: PairStatus): PairRoles | undefined {
  const is = (role: Role): LabHost | undefined =>
    LAB_HOSTS.find((host) => {
      const stores = rows.filter((row) => row.host === host.name && row.observedRole !== null);
      return stores.length === 2 && stores.every((row) => row.observedRole === role);
    });
  const [primary, standby] = [is("primary"), is("standby")];
  if (!good || primary === undefined || standby === undefined) return undefined;
  const streams = rows.some((row) => row.host === standby.name && row.lagBytes !== null);
  return streams ? { primary, standby } : undefined;
}

interface Look {
  /** The hosts by their roles, when nothing is amiss. */
  readonly roles: PairRoles | undefined;
  /** Whether every store is what its stack declares: what is amiss then may come right by itself. */
  readonly asDeclared: boolean;
}

async function look(environment: Environment): Promise<Look> {
  const { stacks, credentials } = await openStacks(environment);
  const declared: Record<string, Role> = {};
  for (const { host, stack } of stacks) declared[host.name] = (await stack.getConfig("understudy:role")).value as Role;
  const status = await readPairStatus(environment, credentials, declared);
  const asDeclared = status.rows.every((row) => row.observedRole === null || row.observedRole === row.declaredRole);
  return { roles: rolesOf(status), asDeclared };
}

async function becomesGood(environment: Environment, withinMs: number): Promise<PairRoles | undefined> {
  const { reading } = await pollUntil(
    () => look(environment).catch(() => undefined),
    (seen) => seen?.roles !== undefined,
    { deadlineMs: withinMs, pauseMs: LOOK_MS },
  );
  return reading?.roles;
}

/** Brings a host back as a standby by the product's own verb. @throws UserError or Error with what it says when it does not work */
export async function rejoinHost(environment: Environment, host: string, phase: Progress): Promise<void> {
  const { credentials } = await openStacks(environment);
  const folder = await mkdtemp(path.join(tmpdir(), "understudy-matrix-"));
  try {
    const { report } = await recordRejoin(
      { environment, credentials, host, acceptOlderTimeline: false, phase },
      path.join(folder, "rejoin.json"),
    );
    if (!report.success) throw new Error(report.failure?.reason ?? "the return failed");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Both stacks declare what the stores say, ask for no drill any more, and are brought up so. */
async function declareFacts(environment: Environment, primary: string, progress: Progress): Promise<void> {
  const { stacks } = await openStacks(environment);
  for (const { host, stack } of stacks) {
    await stack.cancel().catch(() => undefined);
    await stack.setConfig("understudy:role", { value: host.name === primary ? "primary" : "standby" });
    await stack.removeConfig("understudy:drill").catch(() => undefined);
  }
  await bringUp(environment, progress);
}

async function mend(environment: Environment, progress: Progress): Promise<PairRoles | undefined> {
  await labHeal(progress);
  const { credentials } = await openStacks(environment);
  const primary = await becomesPrimary(environment, credentials, GOOD_MS);
  if (primary === null) throw new LabError("neither host is primary of both stores; next: understudy status");
  const other = LAB_HOSTS.find((host) => host.name !== primary)?.name ?? "";
  await rejoinHost(environment, other, progress);
  await declareFacts(environment, primary, progress);
  return becomesGood(environment, GOOD_MS);
}

/**
 * Makes sure that the pair is ready for a drill: healed, one primary, its standby streaming, declared as it is. The product's own verbs
 * come first; a pair that they cannot mend is taken down and made anew.
 * @throws LabError when even that does not help
 */
export async function readyPair(environment: Environment, progress: Progress): Promise<PairRoles> {
  const { asDeclared } = await look(environment).catch(() => ({ asDeclared: false }));
  const good = asDeclared ? await becomesGood(environment, GOOD_MS) : undefined;
  if (good !== undefined) return good;
  const mended = await mend(environment, progress).catch((error: unknown) => {
    progress(`the pair cannot be mended by its own verbs: ${messageOf(error)}`);
    return undefined;
  });
  if (mended !== undefined) return mended;
  progress("the lab is taken down and made anew");
  await labDown(progress);
  await labUp(progress);
  await bringUp(environment, progress);
  const anew = await becomesGood(environment, GOOD_MS);
  if (anew === undefined) throw new LabError("the pair does not come up; next: understudy status");
  return anew;
}
