import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { publicPemOf } from "../../evidence/attestation/keys";
import { LAB_FILES } from "./layout";
import type { Part } from "./progress";

type KeyFiles = Readonly<Record<"signingKey" | "signingPublicKey", string>>;

/** What is wrong with a pair of key files; undefined when the public key is the private one's. */
export function signingKeyFault(files: KeyFiles): string | undefined {
  if (!existsSync(files.signingKey)) return "no private key";
  const expected = publicPemIn(files.signingKey);
  if (expected === undefined) return "the private key cannot be read";
  const found = existsSync(files.signingPublicKey) ? readFileSync(files.signingPublicKey, "utf8") : "";
  return found === expected ? undefined : "no public key of the private one";
}

/** Makes the pair of key files whole: a private key that can be read stays, and the public key is written from it. */
export function makeSigningKey(files: KeyFiles): void {
  if (!existsSync(files.signingKey) || publicPemIn(files.signingKey) === undefined) {
    const { privateKey } = generateKeyPairSync("ed25519");
    writeFileSync(files.signingKey, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  }
  writeFileSync(files.signingPublicKey, publicPemOf(readFileSync(files.signingKey, "utf8")));
}

function publicPemIn(file: string): string | undefined {
  try {
    return publicPemOf(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** The lab's own key, with which evidence of its drills is signed; it never leaves the lab's folder. */
export function signingKeyPart(): Part {
  return {
    name: "signing key",
    inspect: () => Promise.resolve(signingKeyFault(LAB_FILES)),
    repair: () => {
      makeSigningKey(LAB_FILES);
      return Promise.resolve();
    },
  };
}
