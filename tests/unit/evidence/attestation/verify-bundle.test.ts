import { expect } from "chai";
import { ATTESTATION_RULES, type AttestationFault } from "../../../../evidence/attestation/faults";
import { type Bundle, preAuthenticationEncoding, signedBundle } from "../../../../evidence/attestation/bundle";
import { hintOf } from "../../../../evidence/attestation/keys";
import type { Statement } from "../../../../evidence/attestation/statement";
import { verifyBundle } from "../../../../evidence/attestation/verify-bundle";
import { canonicalJson } from "../../../../evidence/canonical-json";
import { KEY_KINDS, signedTexts, testKey } from "../../../support/signed-evidence";
import { dryRunEvidence, plannedEvidence } from "../../../support/valid-evidence";

const DOCUMENT = plannedEvidence();

for (const kind of KEY_KINDS) {
  describe(`a bundle signed with ${kind}`, () => {
    const key = testKey(kind);
    const texts = signedTexts(key.signing, DOCUMENT);
    const evidence = { envText: texts.env, documentText: texts.document, document: DOCUMENT };
    const bundle = JSON.parse(texts.bundle) as Bundle;
    const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, "base64").toString()) as Statement;

    function faults(text: string, verifying = key.verifying): readonly AttestationFault[] {
      const verdict = verifyBundle(text, verifying, evidence);
      return verdict.ok ? [] : verdict.faults;
    }
    const rules = (text: string, verifying = key.verifying): string[] => [
      ...new Set(faults(text, verifying).map(({ rule }) => rule)),
    ];
    /** The rules that the bundle breaks after a change; its text stays canonical. */
    function changed(change: (bundle: Bundle) => unknown): string[] {
      const copy = structuredClone(bundle);
      change(copy);
      return rules(canonicalJson(copy));
    }
    /** The same for a statement that whoever holds the key signed after a change. */
    function signedAnew(change: (statement: Statement) => unknown): readonly AttestationFault[] {
      const copy = structuredClone(statement);
      change(copy);
      return faults(signedBundle(copy, key.signing));
    }

    it("holds, and gives the statement back", () => {
      expect(verifyBundle(texts.bundle, key.verifying, evidence)).to.deep.equal({ ok: true, statement });
    });

    it("does not hold with any one bit of its text changed", () => {
      const bytes = Buffer.from(texts.bundle);
      const held: number[] = [];
      for (let at = 0; at < bytes.length; at += 1) {
        const copy = Buffer.from(bytes);
        copy[at] = bytes[at]! ^ (1 << (at % 7));
        if (verifyBundle(copy.toString(), key.verifying, evidence).ok) held.push(at);
      }
      expect(held).to.deep.equal([]);
    });

    it("does not hold when it is cut off anywhere, or goes on", () => {
      for (let length = 0; length < texts.bundle.length; length += 13) {
        expect(rules(texts.bundle.slice(0, length)), String(length)).not.to.deep.equal([]);
      }
      expect(rules(`${texts.bundle}\n`)).to.deep.equal(["bundle-canonical"]);
    });

    it("is refused by another key, which it does not name either", () => {
      const other = testKey(kind);
      const found = faults(texts.bundle, other.verifying);
      expect(found.map(({ rule }) => rule)).to.deep.equal(["bundle-key", "signature"]);
      expect(found[0]?.limit).to.equal(`${hintOf(other.signing.fingerprint)}, the given key's`);
      expect(found[1]?.limit).to.include(other.signing.fingerprint);
    });

    it("is refused by a key of the other kind", () => {
      const other = testKey(KEY_KINDS.find((one) => one !== kind));
      expect(rules(texts.bundle, other.verifying)).to.deep.equal(["bundle-key", "signature"]);
    });

    it("is refused by another key also when it claims to be that key's", () => {
      const other = testKey(kind);
      const copy = structuredClone(bundle);
      copy.verificationMaterial.publicKey.hint = hintOf(other.signing.fingerprint);
      expect(rules(canonicalJson(copy), other.verifying)).to.deep.equal(["signature"]);
    });

    it("is refused by media type and payload type, each by name", () => {
      expect(changed((one) => (one.mediaType = "application/vnd.dev.sigstore.bundle+json;version=0.2"))).to.deep.equal([
        "bundle-media-type",
      ]);
      expect(changed((one) => (one.dsseEnvelope.payloadType = "application/json"))).to.deep.equal([
        "payload-type",
        "signature",
      ]);
    });

    it("is refused when its payload is of another type, even if that was signed", () => {
      const payload = Buffer.from(bundle.dsseEnvelope.payload, "base64");
      const found = changed((one) => {
        one.dsseEnvelope.payloadType = "text/plain";
        const signature = key.signing.sign(preAuthenticationEncoding("text/plain", payload));
        one.dsseEnvelope.signatures[0].sig = signature.toString("base64");
      });
      expect(found).to.deep.equal(["payload-type"]);
    });

    it("is refused when only the payload was signed, without its type", () => {
      const signature = key.signing.sign(Buffer.from(bundle.dsseEnvelope.payload, "base64"));
      expect(changed((one) => (one.dsseEnvelope.signatures[0].sig = signature.toString("base64")))).to.deep.equal([
        "signature",
      ]);
    });

    it("is refused when anything is there too many, or too few", () => {
      const sets: ((one: Bundle) => unknown)[] = [
        (one) => (one.dsseEnvelope.signatures as unknown[]).push(one.dsseEnvelope.signatures[0]),
        (one) => Object.assign(one.dsseEnvelope, { signatures: [] }),
        (one) => Object.assign(one.dsseEnvelope.signatures[0], { keyid: "" }),
        (one) => Object.assign(one.verificationMaterial, { tlogEntries: [] }),
        (one) => Object.assign(one.verificationMaterial, { certificate: { rawBytes: "AA==" } }),
        (one) => Object.assign(one, { messageSignature: null }),
        (one) => Reflect.deleteProperty(one, "verificationMaterial"),
        (one) => Reflect.deleteProperty(one.dsseEnvelope, "payload"),
        (one) => (one.dsseEnvelope.payload = ""),
        (one) => (one.dsseEnvelope.payload += "\n"),
        (one) => (one.dsseEnvelope.signatures[0].sig = `${one.dsseEnvelope.signatures[0].sig} `),
      ];
      for (const set of sets) expect(changed(set), String(set)).to.deep.equal(["bundle-schema"]);
    });

    it("names keyid when there is one", () => {
      const copy = structuredClone(bundle);
      Object.assign(copy.dsseEnvelope.signatures[0], { keyid: "k" });
      expect(faults(canonicalJson(copy))[0]).to.include({ key: "bundle.dsseEnvelope.signatures[0]" });
      expect(faults(canonicalJson(copy))[0]?.limit).to.include("keyid");
    });

    it("is refused when its text says the same in another way", () => {
      expect(rules(JSON.stringify(bundle))).to.deep.equal(["bundle-canonical"]);
      expect(rules(texts.bundle.replace('{\n  "dsse', '{\n  "mediaType": "x",\n  "dsse'))).to.deep.equal([
        "bundle-canonical",
      ]);
    });

    it("says nothing about a payload whose signature does not hold", () => {
      const found = changed((one) => (one.dsseEnvelope.payload = Buffer.from("{}").toString("base64")));
      expect(found).to.deep.equal(["signature"]);
    });

    it("is refused for another subject, with its name and both digests", () => {
      const [found] = signedAnew((one) => (one.subject[0].digest.sha256 = "0".repeat(64)));
      expect(found).to.include({
        rule: "subject-digest",
        key: "failover_result.env",
        value: statement.subject[0].digest.sha256,
        limit: `${"0".repeat(64)}, the sha256 that was signed`,
      });
    });

    it("is refused when the statement is no statement of this kind", () => {
      const changes: ((one: Statement) => unknown)[] = [
        (one) => Object.assign(one, { _type: "https://in-toto.io/Statement/v0.1" }),
        (one) => Object.assign(one, { predicateType: "https://slsa.dev/provenance/v1" }),
        (one) => Object.assign(one, { note: "trust me" }),
        (one) => Object.assign(one.predicate, { url: "https://example.com" }),
        (one) => one.subject.reverse(),
        (one) => (one.subject as unknown[]).pop(),
        (one) => (one.subject as unknown[]).push(one.subject[0]),
        (one) => (one.subject[0].name = "other.txt"),
        (one) => Object.assign(one.subject[0].digest, { sha512: "0".repeat(128) }),
        (one) => Object.assign(one.predicate.configuration[1].annotations, { isFor: "both" }),
        (one) => (one.predicate.passedTests as string[]).push("lunch"),
      ];
      for (const change of changes) {
        const found = signedAnew(change).map(({ rule }) => rule);
        expect([...new Set(found)], String(change)).to.deep.equal(["statement-schema"]);
      }
    });

    it("is refused when the statement says of the drill or the key what is not so, by the path of what it says", () => {
      const changes: [string, (one: Statement) => unknown][] = [
        ["statement.predicate.result", (one) => (one.predicate.result = "FAILED")],
        ["statement.predicate.passedTests", (one) => one.predicate.passedTests.pop()],
        ["statement.predicate.warnedTests", (one) => one.predicate.warnedTests.push("verify")],
        [
          "statement.predicate.configuration[0].annotations.nonce",
          (one) => (one.predicate.configuration[0].annotations.nonce = "gate-8"),
        ],
        ["statement.predicate.configuration[0].uri", (one) => (one.predicate.configuration[0].uri += "x")],
        [
          "statement.predicate.configuration[1].digest.sha256",
          (one) => (one.predicate.configuration[1].digest.sha256 = "0".repeat(64)),
        ],
      ];
      for (const [path, change] of changes) {
        expect(signedAnew(change).map(({ rule, key: where }) => [rule, where])).to.deep.equal([
          ["statement-agrees", path],
        ]);
      }
    });

    it("of another drill is refused by both files' names and by the drill's mode", () => {
      const other = dryRunEvidence();
      const found = faults(signedTexts(key.signing, other).bundle);
      expect(found.filter(({ rule }) => rule === "subject-digest").map((one) => one.key)).to.deep.equal([
        "failover_result.env",
        "failover_result.json",
      ]);
      expect(found.map((one) => one.key)).to.include("statement.predicate.configuration[0].annotations.mode");
    });
  });
}

describe("the rules of signatures", () => {
  it("have one id each", () => {
    expect(new Set(ATTESTATION_RULES.map(({ id }) => id)).size).to.equal(ATTESTATION_RULES.length);
  });
});
