import { z } from "zod";
import { CARRY_WAYS, PROMISE_CLASSES, type ServiceRow } from "../settings/service-row";
import { SERVICES, type ServiceName } from "../settings/services";

/** Every document of version 1 tells of these services; of further ones those that its own terms declare. */
export const FIRST_SERVICES = [
  "redis",
  "timescaledb",
  "prometheus",
  "alertmanager",
  "loki",
  "tempo",
  "grafana",
] as const satisfies readonly ServiceName[];

/** A service in evidence, which may be older or newer than the table of services that reads it. */
export const serviceNameText = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/);

/** What a drill holds itself to for one service beyond the first ones. */
export const furtherServiceSchema = z.strictObject({
  service: serviceNameText,
  /** In a drill of this kind. */
  promise: z.enum(PROMISE_CLASSES),
  units: z.array(z.string().min(1)).min(1),
  missingAllowed: z.number().int().nonnegative(),
  /** How its data join those of the promoted host; null: they are not carried. */
  carried: z.enum(CARRY_WAYS).nullable(),
});

/** A service beyond the first ones, as evidence declares it. */
export type FurtherService = z.infer<typeof furtherServiceSchema>;

/** What the evidence of one service is held against. */
export type ServiceTerms = Omit<FurtherService, "service">;

/** A drill's kind, and what it declares of further services. */
interface Declares {
  readonly kind: "planned" | "unplanned";
  readonly furtherServices?: readonly FurtherService[] | undefined;
}

function termsOf({ promise, carried }: ServiceRow, kind: Declares["kind"]): ServiceTerms {
  const { units, missingAllowed } = promise;
  return { promise: promise[kind], units: [...units], missingAllowed, carried: carried?.how ?? null };
}

/** Whether every document of version 1 tells of this service. */
export function isFirst(service: string): boolean {
  return FIRST_SERVICES.some((one) => one === service);
}

/** What a drill of this kind declares of the services that `table` has beyond the first ones. */
export function furtherServices(
  kind: Declares["kind"],
  table: Readonly<Record<string, ServiceRow>> = SERVICES,
): FurtherService[] {
  return Object.entries(table)
    .filter(([service]) => !isFirst(service))
    .map(([service, row]) => ({ service, ...termsOf(row, kind) }));
}

/** What the evidence of a drill must tell of: the first services, always as the table has them, and those that its terms declare. */
export function servicesOf({ kind, furtherServices: further = [] }: Declares): ReadonlyMap<string, ServiceTerms> {
  const first = FIRST_SERVICES.map((service) => [service, termsOf(SERVICES[service], kind)] as const);
  const others = further.filter(({ service }) => !isFirst(service));
  return new Map<string, ServiceTerms>([...first, ...others.map(({ service, ...terms }) => [service, terms] as const)]);
}
