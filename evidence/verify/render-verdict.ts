import { UNKNOWN } from "../env-values";
import { storesOnlyWords } from "../stores-only";
import type { Verdict } from "./verify-evidence";

/** Exit code of `understudy verify`: 0 accepted, 1 refused, 2 nothing could be verified. */
export function exitCodeOf(verdict: Verdict): 0 | 1 | 2 {
  switch (verdict.verdict) {
    case "accepted":
      return 0;
    case "refused":
      return 1;
    case "unverifiable":
      return 2;
  }
}

/** The verdict for people: one line, or one line for each violation: `REFUSED rule KEY=value limit: …`. */
export function verdictText(verdict: Verdict): string {
  switch (verdict.verdict) {
    case "accepted": {
      const { env, signature } = verdict;
      const only = storesOnlyWords(verdict.storesOnly ?? []);
      const by = signature === undefined ? "" : `, signed with a ${signature.keyIsFor} key`;
      return [
        `ACCEPTED ${env.FAILOVER_ID}:`,
        `${env.FAILOVER_KIND} ${env.FAILOVER_MODE} ${env.FAILOVER_FROM_HOST} -> ${env.FAILOVER_TO_HOST},`,
        ...(only === undefined ? [] : [`${only};`]),
        `took ${seconds(env.FAILOVER_DURATION_SECONDS)}, outage ${seconds(env.FAILOVER_OUTAGE_SECONDS)},`,
        `${env.DATA_SYNC_LAG_EVENTS} probe events missing, ${verdict.rules} rules met${by}`,
      ].join(" ");
    }
    case "refused":
      return verdict.violations
        .map(({ rule, key, value, limit }) => `REFUSED ${rule} ${key}=${word(value)} limit: ${printable(limit)}`)
        .join("\n");
    case "unverifiable":
      return `UNVERIFIABLE ${printable(verdict.reason)}; next: ${verdict.next}`;
  }
}

/** The verdict for machines: one JSON object. */
export function verdictJson(verdict: Verdict): string {
  return JSON.stringify({ ...verdict, exitCode: exitCodeOf(verdict) }, null, 2);
}

function seconds(value: string): string {
  return value === UNKNOWN ? value : `${value} s`;
}

/** A value on one line, quoted where it would not be seen as it is. */
function word(value: string): string {
  const short = value.length > 160 ? `${value.slice(0, 160)}...` : value;
  return /^[!-~]*$/.test(short) ? short : printable(JSON.stringify(short));
}

function printable(text: string): string {
  return text.replaceAll(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
