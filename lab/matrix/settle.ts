import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../settings/user-error";
import { labHeal } from "../faults/heal";
import type { LabPair } from "../host/lab-pair";
import { LAB_HOSTS } from "../host/layout";
import type { Progress } from "../host/progress";
import { CHECKOUT } from "../host/project";
import { attempt } from "../host/run";
import { machineMs } from "../watch/attempt";
import type { Watch } from "../watch/watcher";
import { acceptedBetween } from "./record";
import type { Advice } from "./advice";
import { readContainers, replacedSince, type Containers } from "./containers";
import { followAdvice, type OperatorsDesk } from "./follow-advice";
import { isHeld } from "./moment";
import type { RolesSeen } from "./outcome";
import { rejoinHost, type PairRoles } from "../host/pair-care";
import { STORE_NAMES } from "../../settings/services";

/** So long the pair has to come to one primary, or to a state that is held, once everything is healed. */
const STANDS_MS = 90_000;
/** A writer that has lost its server tries again every 20 ms; in this time it is back, or the server is not. */
const LOOK_BACK_MS = 2_000;

/** What was seen of the roles, and what was done until they stood. */
export interface Settled extends Omit<RolesSeen, "from" | "to" | "touched"> {
  /** The lab's heal, and verbs of the product that the matrix knew of where those that were advised did not help. */
  readonly by: readonly string[];
  readonly advice: Advice;
  /** Containers that were replaced until everything was healed, and nothing of what is advised was done yet. */
  readonly replaced: readonly string[];
  /** The one primary when all was done; null when there was none even then. */
  readonly primaryNow: string | null;
}

/** What is known when a drill has ended. */
interface Ended {
  readonly roles: PairRoles;
  readonly watch: Watch;
  readonly promoted: boolean;
  /** What the drill has printed. */
  readonly said: string;
  readonly containers: Containers;
  readonly desk: OperatorsDesk;
  /** The environment file that the operator works with, when it is not the lab's. */
  readonly envConfig: string | undefined;
}

/**
 * Looks at who takes writes while the fault is still there, heals it, and waits for one primary. Then what the product itself advises is
 * done, and nothing else. Only where that does not help, the verbs that the matrix knows are tried: a host that is held is released, the
 * other one rejoins.
 */
export async function settle(
  pair: LabPair,
  { roles, watch, promoted, said, containers, desk, envConfig }: Ended,
  progress: Progress,
): Promise<Settled> {
  await sleep(LOOK_BACK_MS);
  const now = machineMs();
  const writersBeforeHeal = LAB_HOSTS.map((host) => host.name).filter((host) =>
    STORE_NAMES.every((store) => acceptedBetween(watch.tries(host, store), now - LOOK_BACK_MS, now)),
  );
  const heldBeforeHeal = LAB_HOSTS.some(isHeld);
  await labHeal(() => undefined);
  const by = ["lab heal"];
  const primaryAfter = await pair.becomesPrimary(STANDS_MS);
  const heldAfter = LAB_HOSTS.some(isHeld);
  const replaced = replacedSince(containers, await readContainers());
  const advice = await followAdvice(desk, said, progress);
  if (advice.worked) {
    const primaryNow = await pair.becomesPrimary(STANDS_MS);
    return { writersBeforeHeal, heldBeforeHeal, heldAfter, primaryAfter, primaryNow, by, advice, replaced };
  }
  let primaryNow = await pair.becomesPrimary(STANDS_MS);
  if (primaryNow === null && heldAfter) {
    const release = (promoted ? roles.standby : roles.primary).name;
    by.push(`release ${release}`);
    await attempt("bin/understudy", ["release", release, "--the-peer-cannot-write"], {
      cwd: CHECKOUT,
      timeoutMs: 60_000,
      ...(envConfig === undefined ? {} : { env: { UNDERSTUDY_ENV_CONFIG: envConfig } }),
    });
    primaryNow = await pair.becomesPrimary(STANDS_MS);
  }
  if (primaryNow !== null) {
    const other = LAB_HOSTS.find((host) => host.name !== primaryNow)?.name ?? "";
    by.push(`rejoin ${other}`);
    await rejoinHost(pair, other, () => undefined).catch((error: unknown) => {
      progress(`rejoin ${other}: ${messageOf(error)}`);
      by.push(`which failed: ${messageOf(error)}`);
    });
  }
  return { writersBeforeHeal, heldBeforeHeal, heldAfter, primaryAfter, primaryNow, by, advice, replaced };
}
