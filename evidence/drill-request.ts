import type { DrillConfig } from "../settings/drill-config";

/** One drill, settled: who gives the primary's role to whom. */
export interface DrillRequest extends DrillConfig {
  /** Environment file, relative to the project's folder. */
  readonly environmentFile: string;
  readonly fromHost: string;
  readonly toHost: string;
}
