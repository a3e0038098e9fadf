import { CERTIFICATE_KEYS } from "../../../settings/certificates/stored";
import { CREDENTIAL_KEYS } from "../../../settings/credentials";
import { drillConfigSchema } from "../../../settings/drill-config";
import { environmentSchema } from "../../../settings/environment";
import { notifySecrets } from "../../../settings/notify-section";
import { STACK_KEYS } from "../../../settings/stack-keys";
import { schemaLeaves } from "../../../toolchain/pages/schema-leaves";
import { exampleApplications } from "./example-applications";
import { exampleNotify } from "./example-notify";

/** Every key of the stack's config that the settings read, without its namespace. */
export function configKeys(): ReadonlySet<string> {
  const drill = schemaLeaves(drillConfigSchema).map(({ path }) => `drill.${path}`);
  return new Set([
    ...Object.keys(STACK_KEYS),
    ...Object.values(CREDENTIAL_KEYS),
    ...Object.values(CERTIFICATE_KEYS),
    "drill",
    ...drill,
  ]);
}

/** The keys that the examples name for the passwords of applications and for the secrets of receivers. */
export function exampleKeys(): ReadonlySet<string> {
  return new Set([
    ...Object.values(exampleApplications()).flatMap(({ password }) => password ?? []),
    ...notifySecrets(exampleNotify()).map(([, key]) => key),
  ]);
}

/** Whether the environment file has a field of this dotted path; NAME and SERVICE stand for any name. */
export function environmentHas(field: string): boolean {
  return schemaLeaves(environmentSchema).some(({ path }) =>
    new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/NAME|SERVICE/g, "[\\w-]+")}$`).test(field),
  );
}
