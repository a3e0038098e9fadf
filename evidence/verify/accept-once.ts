import { UserError } from "../../settings/user-error";
import { enterLedger, readLedger } from "./accepted-ledger";
import type { AcceptedEvidence } from "./accepted-evidence";
import type { Verdict } from "./verify-evidence";

/**
 * Judges evidence beside a gate's ledger, and enters it when it is accepted: the same drill is accepted once, also when
 * two gates judge it at the same moment. A ledger that cannot be read or written makes it unverifiable.
 * @param judge gives the verdict, when told what was accepted before
 */
export async function acceptOnce(
  path: string,
  now: Date,
  judge: (accepted: readonly AcceptedEvidence[]) => Promise<Verdict>,
): Promise<Verdict> {
  try {
    const verdict = await judge(await readLedger(path));
    if (verdict.verdict !== "accepted") return verdict;
    const earlier = await enterLedger(path, verdict.env, now);
    return earlier === undefined ? verdict : await judge([earlier]);
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    return { verdict: "unverifiable", reason: thrown.message, next: thrown.next };
  }
}
