import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { pollUntil } from "../../drills/hosts/bounded";
import { readPairStatus, type PairStatus } from "../../operator/status/pair-status";
import { recordRejoin } from "../../drills/rejoin/record-rejoin";
import { messageOf } from "../../settings/user-error";
import type { Role } from "../../settings/pair";
import { bringUpPair } from "./bring-up-pair";
import { labDown } from "./down";
import { labHeal } from "../faults/heal";
import type { LabPair } from "./lab-pair";
import { LAB_HOSTS, type LabHost } from "./layout";
import type { Progress } from "./progress";
import { LabError } from "./run";
import { labUp } from "./up";

const GOOD_MS = 90_000;
const LOOK_MS = 1_000;

/** The hosts by what they are now. */
export interface PairRoles {
  readonly primary: LabHost;
  readonly standby: LabHost;
}

/**
 * Every service healthy, one primary, one standby that streams from it, and both declared what they are: where nothing is
 * amiss, both stores of a host play the role that it is declared to play.
 */
function rolesOf({ rows, good }: PairStatus): PairRoles | undefined {
  const is = (role: Role): LabHost | undefined =>
    LAB_HOSTS.find((host) => rows.some((row) => row.host === host.name && row.observedRole === role));
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

async function look(pair: LabPair): Promise<Look> {
  const status = await readPairStatus(pair.environment, await pair.credentials(), pair.declared());
  const asDeclared = status.rows.every((row) => row.observedRole === null || row.observedRole === row.declaredRole);
  return { roles: rolesOf(status), asDeclared };
}

async function becomesGood(pair: LabPair): Promise<PairRoles | undefined> {
  const { reading } = await pollUntil(
    () => look(pair).catch(() => undefined),
    (seen) => seen?.roles !== undefined,
    { deadlineMs: GOOD_MS, pauseMs: LOOK_MS },
  );
  return reading?.roles;
}

/** Brings a host back as a standby by the product's own verb. @throws UserError or Error with what it says when it does not work */
export async function rejoinHost(pair: LabPair, host: string, phase: Progress): Promise<void> {
  const { environment } = pair;
  const credentials = await pair.credentials();
  const folder = await mkdtemp(path.join(tmpdir(), "understudy-rejoin-"));
  try {
    const { report } = await recordRejoin(
      { environment, credentials, host, acceptOlderTimeline: false, phase },
      { file: path.join(folder, "rejoin.json") },
    );
    if (!report.success) throw new Error(report.failure?.reason ?? "the return failed");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function mend(pair: LabPair, progress: Progress): Promise<PairRoles | undefined> {
  await labHeal(progress);
  const primary = await pair.becomesPrimary(GOOD_MS);
  if (primary === null) throw new LabError("neither host is primary of both stores; next: understudy status");
  await rejoinHost(pair, LAB_HOSTS.find((host) => host.name !== primary)?.name ?? "", progress);
  pair.declare(primary);
  const good = await becomesGood(pair);
  if (good !== undefined) return good;
  await pair.unlock();
  await bringUpPair(pair.environment, progress);
  return becomesGood(pair);
}

/**
 * Makes sure that the pair is ready for a drill: healed, one primary, its standby streaming, declared as it is. The product's own verbs
 * come first; a pair that they cannot mend is taken down and made anew.
 * @param bringAnew brings up a lab that was made anew: by its own environment file, unless told otherwise
 * @throws LabError when even that does not help
 */
export async function readyPair(
  pair: LabPair,
  progress: Progress,
  bringAnew: () => Promise<void> = () => bringUpPair(pair.environment, progress),
): Promise<PairRoles> {
  const { asDeclared } = await look(pair).catch(() => ({ asDeclared: false }));
  const good = asDeclared ? await becomesGood(pair) : undefined;
  if (good !== undefined) return good;
  const mended = await mend(pair, progress).catch((error: unknown) => {
    progress(`the pair cannot be mended by its own verbs: ${messageOf(error)}`);
    return undefined;
  });
  if (mended !== undefined) return mended;
  progress("the lab is taken down and made anew");
  await labDown(progress);
  await labUp(progress);
  pair.forget();
  await bringAnew();
  const anew = await becomesGood(pair);
  if (anew === undefined) throw new LabError("the pair does not come up; next: understudy status");
  return anew;
}
