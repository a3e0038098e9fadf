import { STEP_STATUSES, STEPS } from "../settings/steps";
import { ENV_PATTERNS as pattern } from "./env-patterns";

/** One key of the `.env` evidence: its name, what a well-formed value looks like, and what it means. */
interface KeyDefinition {
  readonly key: string;
  readonly pattern: RegExp;
  readonly meaning: string;
}

const BEFORE_STEPS = [
  { key: "FAILOVER_EVIDENCE_VERSION", pattern: /^1$/, meaning: "version of this contract" },
  { key: "FAILOVER_ID", pattern: pattern.drillId, meaning: "the drill id" },
  { key: "FAILOVER_NONCE", pattern: pattern.nonce, meaning: "the gate's nonce, or empty" },
  { key: "FAILOVER_MODE", pattern: /^(dry-run|execute)$/, meaning: "dry-run reads only, execute exchanges the roles" },
  { key: "FAILOVER_KIND", pattern: /^(planned|unplanned)$/, meaning: "unplanned: the old primary did not answer" },
  { key: "FAILOVER_FROM_HOST", pattern: pattern.host, meaning: "the primary before the drill" },
  { key: "FAILOVER_TO_HOST", pattern: pattern.host, meaning: "the standby that is to take over" },
  { key: "FAILOVER_SUCCESS", pattern: /^(true|false)$/, meaning: "whether the drill did what it promised" },
  { key: "FAILOVER_FAILED_STEP", pattern: pattern.failedStep, meaning: "empty, or the first step that failed" },
  { key: "FAILOVER_STARTED_AT", pattern: pattern.timestamp, meaning: "ISO 8601, UTC, milliseconds" },
  { key: "FAILOVER_FINISHED_AT", pattern: pattern.timestamp, meaning: "ISO 8601, UTC, milliseconds" },
  {
    key: "FAILOVER_DURATION_SECONDS",
    pattern: pattern.seconds,
    meaning: "first step's start to last step's end, monotonic clock, 3 decimals",
  },
  {
    key: "FAILOVER_OUTAGE_SECONDS",
    pattern: pattern.secondsOrUnknown,
    meaning: "longest gap between two acknowledged events as the probe saw it, or unknown",
  },
  {
    key: "DATA_SYNC_LAG_EVENTS",
    pattern: pattern.countOrUnknown,
    meaning: "acknowledged events missing on the promoted side (dry run: events the standby is behind now), or unknown",
  },
] as const satisfies readonly KeyDefinition[];

const STEP_KEYS = STEPS.map((step) => ({
  key: step.evidenceKey,
  pattern: new RegExp(`^(${STEP_STATUSES.join("|")})$`),
  meaning: `what became of ${step.name}`,
}));

const AFTER_STEPS = [
  { key: "FAILOVER_EVIDENCE_SHA256", pattern: /^[0-9a-f]{64}$/, meaning: "sha256 of the JSON evidence document" },
] as const satisfies readonly KeyDefinition[];

/** Name of a key of the `.env` evidence. */
export type EnvKey =
  (typeof BEFORE_STEPS)[number]["key"] | (typeof STEPS)[number]["evidenceKey"] | (typeof AFTER_STEPS)[number]["key"];

/** The whole contract, in the order in which the keys are written. */
export const ENV_CONTRACT: readonly (KeyDefinition & { readonly key: EnvKey })[] = [
  ...BEFORE_STEPS,
  ...STEP_KEYS,
  ...AFTER_STEPS,
];

/** A value for every key, each well formed. */
export type EnvValues = Readonly<Record<EnvKey, string>>;

/** Every key but the checksum: what can be derived from the document alone. */
export type DocumentEnvValues = Omit<EnvValues, "FAILOVER_EVIDENCE_SHA256">;

/** Whether `key` is in the contract. */
export function isEnvKey(key: string): key is EnvKey {
  return ENV_CONTRACT.some((definition) => definition.key === key);
}

/** Whether `nonce` can be carried by the evidence: printable ASCII without spaces, at most 128, or empty. */
export function isNonce(nonce: string): boolean {
  return pattern.nonce.test(nonce);
}
