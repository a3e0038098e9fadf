import { SERVICES, SERVICE_NAMES, isStore } from "../../../settings/services";
import type { Continuity } from "../../../evidence/continuity";
import type { EvidenceDocument, ProbeEvidence } from "../../../evidence/document";
import { storeCount } from "../../../evidence/service-counts";

/** What is known of a drill of the two stores only. */
export interface KnownOfStores {
  readonly kind: EvidenceDocument["drill"]["kind"];
  readonly probe: ProbeEvidence | null;
  /** The host that is promoted. */
  readonly host: string;
}

/**
 * The section of the evidence that says what each service kept, of a drill of the two stores only: of these what the probe
 * counted, of each other one that nobody asked it, and with what it continues. Pure.
 */
export function describeStoresOnly({ kind, probe, host }: KnownOfStores): Continuity {
  const detail = `neither asked nor copied, in a drill of the two stores only: ${host} continues with what it has`;
  return {
    canary: null,
    services: SERVICE_NAMES.map((service) => ({
      service,
      promise: SERVICES[service].promise[kind],
      backup: null,
      restore: null,
      carried: null,
      notCarried: isStore(service) ? null : { why: "stores-only" as const, detail, ownDataUntil: null },
      counted: isStore(service) && probe !== null ? [storeCount(probe, service)] : [],
    })),
  };
}
