import { isStore } from "../settings/services";
import type { EvidenceDocument } from "./document";
import { servicesOf } from "./service-terms";

/** The services that a drill of the two stores only left as they were; none of any other drill. */
export function leftOutServices(drill: EvidenceDocument["drill"]): readonly string[] {
  return drill.storesOnly === true ? [...servicesOf(drill).keys()].filter((service) => !isStore(service)) : [];
}

/** The same in words; undefined for a drill that all services took part in. */
export function storesOnlyWords(left: readonly string[]): string | undefined {
  return left.length === 0 ? undefined : `the two stores only: ${left.join(", ")} were neither asked nor copied`;
}
