/**
 * How far a pair has gone from plain to encrypted. `plain`: nothing is. `accepted`: servers take both, our own sessions are
 * plain. `used`: servers take both, our sessions and the replication are encrypted. `required`: as `used`, and whoever comes
 * from elsewhere without encryption is refused.
 */
export const ENCRYPTION_MODES = ["plain", "accepted", "used", "required"] as const;

/** The port on which Redis takes encrypted connections in its container. */
export const REDIS_TLS_INSIDE = 6380;

/** One of these modes. */
export type Encryption = (typeof ENCRYPTION_MODES)[number];

/**
 * The mode of a pair: what the environment file says; where it says nothing, `required` with certificates and `plain`
 * without. @param hasCertificates whether the stack's config has some
 */
export function encryptionOf(
  { encryption }: { readonly encryption?: Encryption | undefined },
  hasCertificates: boolean,
): Encryption {
  return encryption ?? (hasCertificates ? "required" : "plain");
}

/** Whether what speaks HTTP listens on loopback alone, behind a front: in every mode but `plain`. */
export function hasFront(
  environment: { readonly encryption?: Encryption | undefined },
  hasCertificates: boolean,
): boolean {
  return hasCertificates && encryptionOf(environment, true) !== "plain";
}

/** Whether our own sessions, and the replication, are encrypted in this mode. */
export function usesEncryption(mode: Encryption): boolean {
  return mode === "used" || mode === "required";
}

/** Why a stack cannot be what its environment file asks for; undefined when it can. */
export function encryptionProblem(
  { encryption }: { readonly encryption?: Encryption | undefined },
  hasCertificates: boolean,
): string | undefined {
  if (encryption === undefined || encryption === "plain" || hasCertificates) return undefined;
  return `encryption is ${encryption}, and the stack has no certificates; next: understudy certificates --execute`;
}
