import { z } from "zod";

/** The image that the agent runs in; where no registry has it, `images_file` or `agent.image` names another one. */
export const AGENT_IMAGE = "node:22.16.0-bookworm-slim";

/** The section `agent` of an environment file. */
export const agentSchema = z.strictObject({
  image: z.string().min(1).default(AGENT_IMAGE).describe("image of Node 22 or newer"),
  sentinel_name: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .optional()
    .describe(
      "the name by which clients in Sentinel mode ask for the primary Redis, at `ports.sentinel`; without it nobody is answered there",
    ),
  memory_mib: z.number().int().min(64).default(128).describe("memory limit of the container, in MiB"),
});
