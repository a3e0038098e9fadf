import type { DrillConfig } from "../settings/drill-config";
import { SERVICE_NAMES, STORE_NAMES, type ServiceName } from "../settings/services";

/** One drill, settled: who gives the primary's role to whom. */
export interface DrillRequest extends DrillConfig {
  /** Environment file, relative to the project's folder. */
  readonly environmentFile: string;
  readonly fromHost: string;
  readonly toHost: string;
}

/** The services whose health a drill asks for: all of them, or the two stores. */
export function askedServices({ stores_only: storesOnly }: Pick<DrillRequest, "stores_only">): readonly ServiceName[] {
  return storesOnly === true ? STORE_NAMES : SERVICE_NAMES;
}
