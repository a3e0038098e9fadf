import {
  SERVICES,
  SERVICE_NAMES,
  isCarried,
  isStore,
  type CarriedService,
  type ServiceName,
  type StoreName,
} from "../../../settings/services";
import type { Continuity, ServiceCount } from "../../../evidence/continuity";
import type { Check, ProbeEvidence } from "../../../evidence/document";
import { storeCount } from "../../../evidence/service-counts";
import type { ContinuedServices } from "./continue-from-backups";

/** What was counted otherwise: stores by the probe, Prometheus by its own scrapes. */
export interface CountedUnplanned {
  readonly probe: ProbeEvidence | null;
  readonly scrapes: readonly ServiceCount[];
}

/**
 * The section of the evidence that says what each service kept when the old primary was gone. Pure. What of Alertmanager's
 * only the other one knew, nobody can count: it is not there to compare with.
 */
export function describeUnplanned(counts: CountedUnplanned, { backups, continued }: ContinuedServices): Continuity {
  return {
    canary: null,
    services: SERVICE_NAMES.map((service) => {
      const one = continued.find((each) => each.service === service);
      return {
        service,
        promise: SERVICES[service].promise.unplanned,
        backup: backups[service] ?? null,
        restore: one?.restore ?? null,
        carried: one?.carried ?? null,
        notCarried: one?.notCarried ?? null,
        counted: [...(isCarried(service) ? (one?.counted ?? []) : countedOtherwise(service, counts))],
      };
    }),
  };
}

/** Of what nobody carries and is no store: what is counted of it. */
const COUNTED: Readonly<
  Record<Exclude<ServiceName, StoreName | CarriedService>, (known: CountedUnplanned) => readonly ServiceCount[]>
> = {
  prometheus: ({ scrapes }) => scrapes,
  alertmanager: () => [],
};

function countedOtherwise(
  service: Exclude<ServiceName, CarriedService>,
  known: CountedUnplanned,
): readonly ServiceCount[] {
  if (!isStore(service)) return COUNTED[service](known);
  return known.probe === null ? [] : [storeCount(known.probe, service)];
}

/** What must hold of the services whose data come from a backup; nothing where nothing is backed up. */
export function continuedChecks({ backups, continued }: ContinuedServices, host: string): Check[] {
  return continued.flatMap(({ service, notCarried, counted }): Check[] => {
    if (notCarried?.why === "no-backups") return [];
    const backup = backups[service];
    const kept = notCarried === null || notCarried.why === "own-data-newer";
    return [
      {
        name: `${service} continues with its newest backup, restored`,
        host,
        measured: notCarried?.detail ?? true,
        limit: "the newest backup's data, or newer ones of its own",
        ok: kept,
      },
      ...(backup === undefined
        ? []
        : [
            {
              name: `${service} backup age, seconds`,
              host,
              measured: Math.round(backup.ageSeconds),
              limit: backup.maxAgeSeconds,
              ok: backup.ageSeconds <= backup.maxAgeSeconds,
            },
          ]),
      ...counted.map(({ unit, what, counts: { missing } }) => ({
        name: `${service} ${unit} missing (${what})`,
        host,
        measured: missing,
        limit: 0,
        ok: missing === 0,
      })),
    ];
  });
}
