import { serializeDocument } from "../../evidence/canonical-json";
import { verifyEvidence } from "../../evidence/verify/verify-evidence";
import { EXPECTATIONS, forgedEnv, readingOf } from "./judge-evidence";
import { broken, reseal, stepAt, text, unexpected, type NegativeCase } from "./negative-case";
import { dryRunEvidence, failedEvidence, plannedEvidence, timestampAt, unplannedEvidence } from "./valid-evidence";

const NOW = new Date(timestampAt(10_000));

/** Evidence that is malformed, is not of one run, or is not what the gate asks for. */
export const FORM_CASES: readonly NegativeCase[] = [
  text("env-format", "CR line ends", (env, json) => [env.replaceAll("\n", "\r\n"), json]),
  text("env-keys", "a key is missing", (env, json) => [env.replace(/^FAILOVER_KIND=.*\n/m, ""), json]),
  text("env-values", "a value is malformed", (env, json) => [env.replace("=execute", "=Execute"), json]),
  text("document-sha256", "one figure of the JSON was edited", (env, json) => [env, json.replace("4711", "4712")]),
  text("document-schema", "a negative time, sealed again", (env, json) =>
    reseal(env, json.replace('"provedAtMs": 1880', '"provedAtMs": -1')),
  ),
  text("document-schema", "another key, sealed again", (env, json) => reseal(env, json.replace("{", '{"extra": 1,'))),
  text("document-canonical", "a key is there twice, sealed again", (env, json) =>
    reseal(env, json.replace('"success": true', '"success": false,\n  "success": true')),
  ),
  text("env-matches-document", "the keys claim a shorter outage", (env, json) => [
    env.replace(/(OUTAGE_SECONDS=).*/, "$10.001"),
    json,
  ]),
  broken(
    "one-drill",
    "a step's result comes from another drill",
    (document) => (stepAt(document, 3).drillId = "other"),
  ),
  broken("one-run", "a step counts from another zero", (document) => (stepAt(document, 1).originNs = "7")),
  broken("one-run", "the drill began before its steps", (document) => (document.drill.startedAt = timestampAt(-1))),
  broken("one-run", "the drill ended before its steps", (document) => (document.drill.finishedAt = timestampAt(3999))),
  broken("facts-of-this-run", "another nonce", (document) => (document.drill.nonce = "gate-8")),
  broken("facts-of-this-run", "another objective", (document) => (document.objectives.maxDataLagEvents = 1)),
  broken("facts-of-this-run", "nothing was recorded", (document) => (stepAt(document, 4).factsSha256 = null)),
  unexpected("expected-mode", "a dry run is offered as live", {}, dryRunEvidence),
  unexpected("expected-mode", "a live drill is offered as dry run", { mode: "dry-run" }),
  unexpected("expected-nonce", "another nonce is asked for", { nonce: "gate-8" }),
  broken("expected-nonce", "an empty nonce is no nonce", (d) => (d.drill.nonce = ""), plannedEvidence, { nonce: "" }),
  unexpected("max-failover-seconds", "it took longer than the limit", { maxFailoverSeconds: 3.999 }),
  unexpected("max-outage-seconds", "the outage was longer than the limit", { maxFailoverSeconds: 0.2 }),
  unexpected("max-outage-seconds", "the outage is unknown", {}, () => failedEvidence("precheck")),
  unexpected(
    "max-data-lag-events",
    "more events are missing than the limit",
    { maxDataLagEvents: 1 },
    unplannedEvidence,
  ),
  unexpected("max-data-lag-events", "unknown passes no limit", { maxDataLagEvents: 1e15 }, () =>
    failedEvidence("precheck"),
  ),
  unexpected("max-age-seconds", "it is too old", { freshness: { maxAgeSeconds: 5, now: NOW } }),
  unexpected("max-age-seconds", "it lies in the future", { freshness: { maxAgeSeconds: 5, now: new Date(0) } }),
  unexpected("not-accepted-before", "its id was accepted before", {
    accepted: [{ at: NOW.toISOString(), mode: "execute", id: "2026-11-23-a", sha256: "0".repeat(64) }],
  }),
  {
    rule: "no-pending-operations",
    what: "the engine was interrupted",
    verdict: () => {
      const { text: json } = serializeDocument(plannedEvidence());
      const pendingOperations = [{ urn: "urn:pulumi:standby::understudy::x::y", type: "creating" }];
      return verifyEvidence({ ...readingOf(forgedEnv(plannedEvidence()), json), pendingOperations }, EXPECTATIONS);
    },
  },
];
