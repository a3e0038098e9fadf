import { z } from "zod";

/** The image that the front is written for; where no registry has it, `images_file` or `front.image` names another one. */
export const FRONT_IMAGE = "haproxy:3.0.11-bookworm";

/** The section `front` of an environment file. */
export const frontSchema = z.strictObject({
  image: z.string().min(1).default(FRONT_IMAGE).describe("image of HAProxy 2.6 or newer"),
  memory_mib: z.number().int().min(64).default(128).describe("memory limit of the container, in MiB"),
});
