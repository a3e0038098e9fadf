import type { Unplanned } from "../../evidence/document";

/** Nothing is known yet: null everywhere, never zero. */
export function noUnplannedFacts(): Unplanned {
  return {
    signals: [],
    acceptedUnfenced: null,
    lossBound: {
      timescaledb: { primaryLsn: null, receivedLsn: null, bytes: null, heardAt: null },
      redis: { receivedOffset: null, secondsSilent: null },
    },
    probeSawFailure: false,
    recoveryMs: { timescaledb: null, redis: null },
    unprotectedSince: null,
  };
}
