import { z } from "zod";

/** The images that the exporters are written for; where no registry has them, `images_file` or `exporters.*.image` names others. */
export const EXPORTER_IMAGES = {
  postgres: "prometheuscommunity/postgres-exporter:v0.19.1",
  redis: "oliver006/redis_exporter:v1.86.0-alpine",
  node: "prom/node-exporter:v1.11.1",
} as const;

const exporter = (image: string, what: string): z.ZodType<{ image: string; memory_mib: number }> =>
  z
    .strictObject({
      image: z.string().min(1).default(image).describe(`image of ${what}`),
      memory_mib: z.number().int().min(32).default(64).describe("memory limit of the container, in MiB"),
    })
    .prefault({});

/** The section `exporters` of an environment file. */
export const exportersSchema = z.strictObject({
  postgres: exporter(EXPORTER_IMAGES.postgres, "postgres_exporter 0.16 or newer, with a shell's `wget`"),
  redis: exporter(EXPORTER_IMAGES.redis, "redis_exporter 1.77 or newer, with a shell's `wget`"),
  node: exporter(EXPORTER_IMAGES.node, "node_exporter 1.10 or newer, with a shell's `wget`"),
});
