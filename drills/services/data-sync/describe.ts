import { SERVICES, SERVICE_NAMES, isService, isStore, type ServiceName } from "../../../settings/services";
import type { CanaryReport } from "../canary/protocol";
import type { Continuity, ServiceBackup, ServiceCount, ServiceRestore } from "../../../evidence/continuity";
import type { Check, EvidenceDocument, ProbeEvidence } from "../../../evidence/document";
import { storeCount } from "../../../evidence/service-counts";
import type { Carried } from "./carry-over";

/** What is known of the services' data when the section is written. */
export interface KnownOfServices {
  readonly kind: EvidenceDocument["drill"]["kind"];
  readonly probe: ProbeEvidence | null;
  readonly canary: CanaryReport | null;
  readonly carried: readonly Carried[];
  readonly backups?: Partial<Record<ServiceName, ServiceBackup>>;
  readonly restores?: Partial<Record<ServiceName, ServiceRestore>>;
}

/** The section of the evidence that says what each service kept. Pure. */
export function describeContinuity(known: KnownOfServices): Continuity {
  const { kind, canary } = known;
  return {
    canary: canary && {
      startedAtMs: canary.startedAtMs,
      finishedAtMs: canary.finishedAtMs,
      pagesWatchedMs: canary.pagesWatchedMs,
    },
    services: SERVICE_NAMES.map((service) => {
      const carried = known.carried.find((one) => one.service === service);
      return {
        service,
        promise: SERVICES[service].promise[kind],
        backup: known.backups?.[service] ?? null,
        restore: known.restores?.[service] ?? null,
        carried: carried !== undefined && "carried" in carried ? carried.carried : null,
        counted: countedOf(service, known),
      };
    }),
  };
}

function countedOf(service: ServiceName, { probe, canary }: KnownOfServices): ServiceCount[] {
  if (isStore(service)) return probe === null ? [] : [storeCount(probe, service)];
  return canary?.[service] ?? [];
}

/** One comparison for each count of the services that are no stores, and one for each carry-over. */
export function continuityChecks({ services }: Continuity, carried: readonly Carried[], host: string): Check[] {
  const carries = carried.map((one): Check => {
    const failure = "failure" in one ? one.failure : null;
    return {
      name: `${one.service} data copied`,
      host,
      measured: failure ?? true,
      limit: true,
      ok: failure === null,
    };
  });
  const counts = services.flatMap(({ service, counted }) => {
    const allowed = isService(service) ? SERVICES[service].promise.missingAllowed : 0;
    return counted
      .filter(({ numbers }) => numbers !== null)
      .flatMap(({ unit, what, counts: { missing, duplicated } }): Check[] => [
        atMost(`${service} ${unit} missing (${what})`, host, missing, allowed),
        atMost(`${service} ${unit} duplicated`, host, duplicated, 0),
      ]);
  });
  return [...carries, ...counts];
}

function atMost(name: string, host: string, measured: number | null, limit: number): Check {
  return { name, host, measured, limit, ok: measured !== null && measured <= limit };
}
