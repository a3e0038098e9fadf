import { expect } from "chai";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { hintOf, signingKeyFrom, verifyingKeyFrom } from "../../../../evidence/attestation/keys";
import { KEY_KINDS, pemOf, testKey } from "../../../support/signed-evidence";

const BYTES = Buffer.from("what is signed");

describe("keys for evidence", () => {
  for (const kind of KEY_KINDS) {
    describe(kind, () => {
      const key = testKey(kind);
      const signature = key.signing.sign(BYTES);

      it("verifies what its private key signed, and nothing else", () => {
        expect(key.verifying.verifies(BYTES, signature)).to.equal(true);
        expect(key.verifying.verifies(Buffer.from("what is signeD"), signature)).to.equal(false);
        expect(testKey(kind).verifying.verifies(BYTES, signature)).to.equal(false);
        expect(key.verifying.verifies(BYTES, Buffer.alloc(0))).to.equal(false);
      });

      it("has one fingerprint, on both sides, and a hint of the same 32 bytes", () => {
        expect(key.signing.fingerprint)
          .to.equal(key.verifying.fingerprint)
          .and.to.match(/^[0-9a-f]{64}$/);
        expect(Buffer.from(hintOf(key.signing.fingerprint), "base64").toString("hex")).to.equal(
          key.signing.fingerprint,
        );
      });

      it("does not show its private part, however it is printed", () => {
        const secret = key.pem.split("\n")[1] ?? "";
        expect(secret).to.have.length.greaterThan(40);
        expect(`${inspect(key.signing, { depth: 9, showHidden: true })}${JSON.stringify(key.signing)}`).not.to.include(
          secret,
        );
      });
    });
  }

  it("signs with Ed25519 as it is, and with ECDSA in DER form", () => {
    expect(testKey("Ed25519").signing.sign(BYTES)).to.have.length(64);
    expect(testKey("ECDSA P-256").signing.sign(BYTES)[0]).to.equal(0x30);
  });

  const { pem, publicPem } = testKey();
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
  const ed448 = generateKeyPairSync("ed448").privateKey;
  const encrypted = generateKeyPairSync("ed25519").privateKey.export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "hush",
  });
  const publicOf = (key: typeof rsa): string => createPublicKey(key).export({ type: "spki", format: "pem" }).toString();

  const noSigningKeys: [string, string, RegExp][] = [
    ["text", "hello", /^holds no private key in PEM form$/],
    ["a public key", publicPem, /^holds no private key in PEM form$/],
    ["a key with a passphrase", encrypted.toString(), /^is protected by a passphrase/],
    ["RSA", pemOf(rsa), /^is a key of type rsa, not Ed25519 or ECDSA P-256$/],
    ["P-384", pemOf(p384), /^is a key of type ec secp384r1, not/],
    ["Ed448", pemOf(ed448), /^is a key of type ed448, not/],
    [
      "a key that is cut off",
      `${pem.slice(0, 60)}\n-----END PRIVATE KEY-----\n`,
      /^holds no private key that can be read$/,
    ],
  ];
  for (const [what, text, reason] of noSigningKeys) {
    it(`does not sign with ${what}, and says why`, () => {
      expect(() => signingKeyFrom(text, "lab")).to.throw(Error, reason);
    });
  }

  const noVerifyingKeys: [string, string, RegExp][] = [
    ["text", "hello", /^holds no public key in PEM form$/],
    ["a private key", pem, /^is a private key: whoever verifies must not have it$/],
    ["both keys", publicPem + pem, /^is a private key/],
    ["RSA", publicOf(rsa), /^is a key of type rsa, not/],
    ["P-384", publicOf(p384), /^is a key of type ec secp384r1, not/],
    [
      "a key that is cut off",
      `${publicPem.slice(0, 50)}\n-----END PUBLIC KEY-----\n`,
      /^holds no public key that can be/,
    ],
  ];
  for (const [what, text, reason] of noVerifyingKeys) {
    it(`does not verify with ${what}, and says why`, () => {
      expect(() => verifyingKeyFrom(text)).to.throw(Error, reason);
    });
  }
});
