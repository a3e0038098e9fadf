import type { Environment } from "./environment";
import type { ExporterName } from "./services";

/** What is told of an exporter by its name. */
export interface ExporterRow {
  /** Its key in the section `exporters`. */
  readonly key: keyof NonNullable<Environment["exporters"]>;
  /** Its port in its container, by its own convention. */
  readonly inside: number;
  /** Key of its port on the host, in the section `ports`. */
  readonly port: "postgres_exporter" | "redis_exporter" | "node_exporter";
}

/** The exporters of the field that each host runs with the section `exporters`. */
export const EXPORTERS: Readonly<Record<ExporterName, ExporterRow>> = {
  "postgres-exporter": { key: "postgres", inside: 9187, port: "postgres_exporter" },
  "redis-exporter": { key: "redis", inside: 9121, port: "redis_exporter" },
  "node-exporter": { key: "node", inside: 9100, port: "node_exporter" },
};

/** Where every exporter has its metrics. */
export const EXPORTER_PATH = "/metrics";

/** Their names, where the environment asks for them. */
export function declaredExporters({ exporters }: Environment): readonly ExporterName[] {
  return exporters === undefined ? [] : (Object.keys(EXPORTERS) as ExporterName[]);
}

/** Image and memory of each exporter; nothing where the environment has none. */
export function exporterSettings({
  exporters,
}: Pick<Environment, "exporters">): Partial<
  Record<ExporterName, { readonly image: string; readonly memory_mib: number }>
> {
  if (exporters === undefined) return {};
  return Object.fromEntries(Object.entries(EXPORTERS).map(([name, { key }]) => [name, exporters[key]]));
}
