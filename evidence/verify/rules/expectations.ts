import { UNKNOWN } from "../../env-values";
import { isSameDrill } from "../accepted-evidence";
import { finding, unless, type Finding, type Rule } from "../rule";

/** How far in the future a drill may have ended, for clocks that differ a little. */
const FUTURE_TOLERANCE_SECONDS = 60;

/** What the one who asks expects: mode, nonce, thresholds, age, and of where it comes from. */
export const expectationRules: readonly Rule[] = [
  {
    id: "expected-mode",
    sentence: "the evidence has the mode that is asked for: a dry run is no executed drill",
    check: ({ env }, { mode }) => unless(env.FAILOVER_MODE === mode, "FAILOVER_MODE", env.FAILOVER_MODE, mode),
  },
  {
    id: "expected-services",
    sentence: "a drill of the two stores only is accepted where that is asked for, and nowhere else",
    check: ({ document: { drill } }, { storesOnly }) =>
      unless(
        drill.storesOnly !== true || storesOnly === true,
        "document.drill.storesOnly",
        drill.storesOnly,
        "absent: a drill of every service, unless --stores-only is asked for",
      ),
  },
  {
    id: "expected-nonce",
    sentence: "the evidence carries the gate's nonce, in its keys and in its document",
    check: ({ env, document: { drill } }, { nonce }) => {
      if (nonce === null) return [];
      const carried = (key: string, value: string): Finding[] =>
        unless(nonce !== "" && value === nonce, key, value, nonce || "not empty");
      const [inKeys] = carried("FAILOVER_NONCE", env.FAILOVER_NONCE);
      return inKeys ? [inKeys] : carried("document.drill.nonce", drill.nonce);
    },
  },
  {
    id: "max-failover-seconds",
    sentence: "the drill took no longer than the limit",
    check: ({ env }, { maxFailoverSeconds }) =>
      threshold("FAILOVER_DURATION_SECONDS", env.FAILOVER_DURATION_SECONDS, maxFailoverSeconds),
  },
  {
    id: "max-outage-seconds",
    sentence: "clients were without service no longer than the limit (a dry run has no outage)",
    check: ({ env }, { maxFailoverSeconds }) =>
      env.FAILOVER_MODE === "dry-run"
        ? []
        : threshold("FAILOVER_OUTAGE_SECONDS", env.FAILOVER_OUTAGE_SECONDS, maxFailoverSeconds),
  },
  {
    id: "max-data-lag-events",
    sentence: "no more events are missing than the limit",
    check: ({ env }, { maxDataLagEvents }) =>
      threshold("DATA_SYNC_LAG_EVENTS", env.DATA_SYNC_LAG_EVENTS, maxDataLagEvents),
  },
  {
    id: "max-age-seconds",
    sentence: "the drill ended no longer ago than the limit, and not in the future",
    check: ({ env }, { freshness }) => {
      if (freshness === null) return [];
      const age = (freshness.now.getTime() - Date.parse(env.FAILOVER_FINISHED_AT)) / 1000;
      const holds = age <= freshness.maxAgeSeconds && age >= -FUTURE_TOLERANCE_SECONDS;
      const limit = `at most ${freshness.maxAgeSeconds} s before ${freshness.now.toISOString()}`;
      return unless(holds, "FAILOVER_FINISHED_AT", env.FAILOVER_FINISHED_AT, limit);
    },
  },
  {
    id: "not-accepted-before",
    sentence: "the ledger of accepted evidence names neither this text nor, of an executed drill, this id",
    check: ({ env }, { accepted = [] }) => {
      const before = accepted.find((one) => isSameDrill(one, env));
      if (before === undefined) return [];
      const key = before.sha256 === env.FAILOVER_EVIDENCE_SHA256 ? "FAILOVER_EVIDENCE_SHA256" : "FAILOVER_ID";
      return [finding(key, env[key], `not the one accepted at ${before.at}`)];
    },
  },
  {
    id: "no-pending-operations",
    sentence: "the engine had finished everything that it began on the stack that the evidence comes from",
    check: ({ pendingOperations = [] }) =>
      pendingOperations.map(({ urn, type }, index) =>
        finding(
          `pending_operations[${index}]`,
          urn,
          `none; pulumi was interrupted while ${type} it, or is at work now`,
        ),
      ),
  },
];

/** Unknown passes no threshold, and neither does anything that is not a number. */
function threshold(key: string, value: string, limit: number): Finding[] {
  const holds = value !== UNKNOWN && Number(value) <= limit;
  return unless(holds, key, value, `at most ${limit}`);
}
