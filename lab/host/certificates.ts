import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { pairCertificates } from "../../operator/certificates/certificates";
import { CERTIFICATE_KEYS } from "../../settings/certificates/stored";
import { loadEnvironment } from "../../settings/load-environment";
import { LAB_HOSTS, type LabHost } from "./layout";
import { type Part, type Progress } from "./progress";
import { CHECKOUT, stackConfigFile } from "./project";
import { LabError } from "./run";
import { LAB_ENVIRONMENT } from "./stacks";

const configSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).nullish() }).nullable();

/** The keys of the pair's certificates that the config of a host's stack is to have: the CA's is in stack `primary` alone. */
function keysOf({ stack }: Pick<LabHost, "stack">): readonly string[] {
  const { certificates, authority } = CERTIFICATE_KEYS;
  return (stack === "primary" ? [certificates, authority] : [certificates]).map((key) => `understudy:${key}`);
}

/** Those of the pair's certificates that `text`, the config file of a host's stack, lacks. Whether they are still good is not looked at. */
export function missingCertificates(host: Pick<LabHost, "stack">, text: string): readonly string[] {
  const config = configSchema.parse(parse(text))?.config ?? {};
  return keysOf(host).filter((key) => !(key in config));
}

function inspectCertificates(): string | undefined {
  const missing = LAB_HOSTS.flatMap((host) => {
    const file = stackConfigFile(host.stack);
    const keys = missingCertificates(host, existsSync(file) ? readFileSync(file, "utf8") : "");
    return keys.map((key) => `${key} of ${host.stack}`);
  });
  return missing.length === 0 ? undefined : `no ${missing.join(", ")}`;
}

/**
 * Makes those certificates that the pair of an environment file lacks, such as its doors'; the stacks declare that file.
 * @throws LabError when a host's clock could not be compared: nothing is issued for it then
 */
export async function makeCertificates(environmentFile: string, phase: Progress): Promise<void> {
  const environment = loadEnvironment(environmentFile);
  const { leaves } = await pairCertificates({ environment, environmentFile, execute: true, step: undefined }, phase);
  const out = leaves.find(({ done }) => done === "left out");
  if (out === undefined) return;
  throw new LabError(`${out.name} of ${out.host} was not made: ${out.why ?? ""}; next: understudy lab up`);
}

/**
 * The pair's CA and certificates in both stacks' config, as `understudy certificates --execute` makes them. Those that are
 * there stay: what is due is that verb's. The hosts must answer, and the images be known, by then.
 */
export function certificatesPart(phase: Progress): Part {
  return {
    name: "certificates",
    inspect: () => Promise.resolve(inspectCertificates()),
    repair: () => makeCertificates(path.join(CHECKOUT, LAB_ENVIRONMENT), (words) => phase(`  ${words}`)),
  };
}
