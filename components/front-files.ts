import { frontLeaves } from "../settings/front";
import { filePath } from "../settings/names";
import { secretFile, type ServiceFile } from "./config-files";
import type { HostFront } from "./service-args";

const NAMES = { trust: "front/ca.pem", certificate: "front/client.pem", key: "front/client.key" } as const;

/** Where a container finds what it shows at the other host's front, and whom it believes there. */
export const FRONT_CLIENT_FILES = {
  trust: filePath(NAMES.trust),
  certificate: filePath(NAMES.certificate),
  key: filePath(NAMES.key),
} as const;

/** What a container needs to pass the other host's front. */
export function frontClientFiles({ certificates }: HostFront): readonly ServiceFile[] {
  const leaves = certificates.apply(frontLeaves);
  return [
    secretFile(
      NAMES.trust,
      leaves.apply(({ trust }) => trust),
    ),
    secretFile(
      NAMES.certificate,
      leaves.apply(({ client }) => client.certificate),
    ),
    secretFile(
      NAMES.key,
      leaves.apply(({ client }) => client.key),
    ),
  ];
}
