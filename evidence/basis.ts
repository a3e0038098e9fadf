import { z } from "zod";

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** What the pair was declared by when the drill began: while it is the same, the drill says what would happen now. */
export const basisSchema = z.strictObject({
  /** Version of Understudy. */
  program: z.string().min(1),
  environmentFileSha256: digest,
  /** Of both stacks' config, without role, drill and secrets. */
  settingsSha256: digest,
  /** Of the secrets of both stacks' config as they are kept, encrypted: nothing can be guessed from it. */
  keysSha256: digest,
  /** The image of each container, by its service. */
  images: z.record(z.string(), z.string().min(1)),
});

/** What was rehearsed. */
export type Basis = z.infer<typeof basisSchema>;
