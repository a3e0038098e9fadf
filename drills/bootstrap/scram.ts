import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

const ITERATIONS = 4096;
const VERIFIER = /^SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/;

/**
 * What a server keeps of a password, RFC 5803: so no statement, and no log of one, has the password itself.
 * @param password ASCII alone, which needs no preparation of its characters
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16), iterations = ITERATIONS): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const keyed = (words: string): Buffer => createHmac("sha256", salted).update(words).digest();
  const stored = createHash("sha256").update(keyed("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${stored}:${keyed("Server Key").toString("base64")}`;
}

/** Whether what a server keeps is of this password; nothing and other forms are of none. */
export function isVerifierOf(kept: string | null, password: string): boolean {
  const [, iterations, salt] = VERIFIER.exec(kept ?? "") ?? [];
  if (kept === null || iterations === undefined || salt === undefined) return false;
  const wanted = Buffer.from(scramVerifier(password, Buffer.from(salt, "base64"), Number(iterations)));
  const found = Buffer.from(kept);
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}
