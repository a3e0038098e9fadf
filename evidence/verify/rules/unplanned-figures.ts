import { STORE_NAMES } from "../../../settings/services";
import { PROMOTION } from "../../../settings/steps";
import type { EvidenceDocument } from "../../document";
import { lossBoundBytes, recoveryFigures } from "../../recovery-figures";
import { parseLsn } from "../../lsn";
import { CLOCK_TOLERANCE_MS } from "./times";
import { promotedAtMs, stepOf, unless, type Rule } from "../rule";

/** The figures of an unplanned drill are those that its positions, its samples and its marks give. */
export const unplannedFigureRules: readonly Rule[] = [
  {
    id: "loss-bound-recomputed",
    sentence: "the loss bound is the WAL that the standby knew of and had not received, and unknown where either is",
    check: ({ document: { unplanned } }) => {
      if (unplanned === null) return [];
      const { primaryLsn, receivedLsn, bytes } = unplanned.lossBound.timescaledb;
      const bound = lossBoundBytes(primaryLsn, receivedLsn);
      const limit = `${bound ?? "unknown"}, from ${primaryLsn ?? "unknown"} - ${receivedLsn ?? "unknown"}`;
      return unless(bytes === bound, "document.unplanned.lossBound.timescaledb.bytes", bytes, limit);
    },
  },
  {
    id: "received-not-less",
    sentence: "the standby was promoted with at least what it had received when the loss was bounded",
    check: ({ document: { unplanned, postgres } }) => {
      const bounded = unplanned?.lossBound.timescaledb.receivedLsn ?? null;
      const received = postgres.receivedLsn;
      if (bounded === null || received === null) return [];
      const holds = parseLsn(received) >= parseLsn(bounded);
      return unless(holds, "document.postgres.receivedLsn", received, `at least ${bounded}, the loss bound's`);
    },
  },
  {
    id: "recovery-recomputed",
    sentence: "the recovery took from the first step's start to the first event acknowledged after promotion began",
    check: ({ document }) => {
      if (document.unplanned === null) return [];
      const told = document.unplanned.recoveryMs;
      const { recoveryMs } = recoveryFigures(document);
      return STORE_NAMES.flatMap((store) => {
        const limit = `${recoveryMs[store] ?? "unknown"}, from the samples`;
        return unless(told[store] === recoveryMs[store], `document.unplanned.recoveryMs.${store}`, told[store], limit);
      });
    },
  },
  {
    id: "probe-saw-failure",
    sentence:
      "the probe saw the old primary fail when it had acknowledged events of both stores before the fence, else not",
    check: ({ document }) => {
      if (document.unplanned === null) return [];
      const { probeSawFailure } = recoveryFigures(document);
      const told = document.unplanned.probeSawFailure;
      const limit = `${probeSawFailure}, from the samples`;
      return unless(told === probeSawFailure, "document.unplanned.probeSawFailure", told, limit);
    },
  },
  {
    id: "unprotected-since-promotion",
    sentence: "the pair was without a standby from a promotion on, and from no other moment",
    check: ({ document }) => {
      const since = document.unplanned?.unprotectedSince ?? null;
      if (since === null) return [];
      const key = "document.unplanned.unprotectedSince";
      const promoted = promotionTime(document);
      if (promoted === undefined) return unless(false, key, since, "unknown, since nothing was promoted");
      const at = Date.parse(since);
      const latest = Date.parse(document.drill.finishedAt);
      const holds = at >= promoted - CLOCK_TOLERANCE_MS && at <= latest + CLOCK_TOLERANCE_MS;
      return unless(holds, key, since, "between the promotion and the end of the drill");
    },
  },
];

/** When the first store's promotion began, by the wall clock, in milliseconds; undefined when none did. */
function promotionTime(document: EvidenceDocument): number | undefined {
  const step = stepOf(document, PROMOTION);
  const marks = STORE_NAMES.flatMap((store) => promotedAtMs(document, store) ?? []);
  if (step === undefined || marks.length === 0) return undefined;
  return Date.parse(step.startedAt) + Math.min(...marks) - step.startedAtMs;
}
