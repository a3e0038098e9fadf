import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { GUARD_FOLDER } from "../settings/names";
import { configFile } from "./config-files";

type Upload = docker.types.input.ContainerUpload;

/**
 * A file put into a container before it starts. It belongs to root and everybody in the container may read it: the
 * numeric id of the service's account differs from image to image, and no other account lives in the container.
 */
export function upload(file: string, content: pulumi.Input<string>): Upload {
  return { file, content, permissions: "0444" };
}

/** As `upload`, for what must never be seen: the content is a secret in the stack's state. */
export function secretUpload(file: string, content: pulumi.Input<string>): Upload {
  return upload(file, pulumi.secret(content));
}

/** A script or file of `configs/guard/`, under the name it has in the container. */
export function guardUpload(nameInContainer: string, guardFile: string): Upload {
  return upload(`${GUARD_FOLDER}/${nameInContainer}`, configFile(`guard/${guardFile}`));
}
