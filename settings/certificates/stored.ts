import { X509Certificate } from "node:crypto";
import { z } from "zod";

const keyPem = z.string().startsWith("-----BEGIN PRIVATE KEY-----\n");
const certificatePem = z.string().refine(isCertificate, "a certificate in PEM form");

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
}

const leafSchema = z.strictObject({
  certificate: certificatePem.describe("the certificate, and after it those between it and a trusted one"),
  key: keyPem,
});

const stackCertificatesSchema = z.strictObject({
  version: z.literal(1),
  trust: z.array(certificatePem).min(1).describe("the CAs that this host believes, each signed by itself"),
  leaves: z.record(z.string(), leafSchema),
});

const authoritySchema = z.strictObject({
  chain: z.array(certificatePem).min(1).describe("the CA that signs, and those above it up to one signed by itself"),
  key: keyPem,
});

const authoritiesSchema = z.strictObject({
  version: z.literal(1),
  issuer: authoritySchema.nullable().describe("signs now"),
  next: authoritySchema.nullable().describe("will sign once every host trusts it"),
});

/** A certificate with its key, PEM. */
export type StoredLeaf = z.infer<typeof leafSchema>;
/** What a stack's config holds for its host: its certificates with their keys, and whom it believes. */
export type StackCertificates = z.infer<typeof stackCertificatesSchema>;
/** A CA with its key, PEM. */
export type Authority = z.infer<typeof authoritySchema>;
/** The CAs whose keys are at hand. */
export type Authorities = z.infer<typeof authoritiesSchema>;

/** Where both stand in a stack's config, in namespace `understudy`; both are secret. The second is in stack `primary` alone. */
export const CERTIFICATE_KEYS = { certificates: "certificates", authority: "caKey" } as const;

/** What each is, for the reference of the configuration. */
export const CERTIFICATE_MEANINGS: Readonly<Record<keyof typeof CERTIFICATE_KEYS, string>> = {
  certificates:
    "the host's certificates with their keys, and the CAs that it believes; `understudy certificates` writes it",
  authority: "the pair's CA with its key, in stack `primary` alone; only `understudy certificates` reads and writes it",
};

/** A host's certificates from its stack's config. @returns undefined when the text is none. No value is in any message. */
export function parseCertificates(text: string): StackCertificates | undefined {
  return stackCertificatesSchema.safeParse(jsonOf(text)).data;
}

/** The CAs from the config of stack `primary`. @returns undefined when the text is none */
export function parseAuthorities(text: string): Authorities | undefined {
  return authoritiesSchema.safeParse(jsonOf(text)).data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
