import { z } from "zod";
import { DATA_ROOT } from "./names";

/** The image that the Collector's configuration is written for; where no registry has it, `images_file` or `logs.image` names another. */
export const COLLECTOR_IMAGE = "otel/opentelemetry-collector-contrib:0.165.0";

const folder = z
  .string()
  .regex(/^(\/[A-Za-z0-9._-]+)+$/, "absolute path of letters, digits, dots, dashes and underscores");

/** The section `logs` of an environment file. */
export const logsSchema = z.strictObject({
  image: z
    .string()
    .min(1)
    .default(COLLECTOR_IMAGE)
    .describe("image of the OpenTelemetry Collector with filelog, forward, otlphttp and file_storage, 0.165 or newer"),
  memory_mib: z.number().int().min(96).default(192).describe("memory limit of the container, in MiB"),
  queue_mib: z
    .number()
    .int()
    .min(8)
    .default(128)
    .describe("how much waits on disk for one Loki at most, in MiB; its file may become twice as large"),
  data_roots: z
    .record(z.string(), folder)
    .default({})
    .describe(
      `Docker's data root by host, where it is not ${DATA_ROOT}; \`doctor\` compares it with what the engine says`,
    ),
});

/** The section, with every default filled in. */
export type LogsSection = z.output<typeof logsSchema>;
