import { z } from "zod";
import { CONTAINER_NAMES } from "./services";

const suppliedImageSchema = z.strictObject({
  image: z.string().min(1).describe("image reference, pinned by digest"),
  stand_in: z
    .string()
    .min(1)
    .nullable()
    .describe("what the image stands in for, when it is not the real product; null when it is"),
});

/** An image, and what it is: the two come together, so that a stand-in is never taken for the real product. */
export type SuppliedImage = z.infer<typeof suppliedImageSchema>;

/** What `images_file` of an environment names: the containers whose image is not the environment file's. */
export const imagesFileSchema = z.partialRecord(z.enum(CONTAINER_NAMES), suppliedImageSchema);
