import { expect } from "chai";
import { ATTESTATION_RULES } from "../../../../evidence/attestation/faults";
import { verdictText } from "../../../../evidence/verify/render-verdict";
import { verifySignedEvidence } from "../../../../evidence/verify/verify-signed";
import { EXPECTATIONS, judge, readingOf, rulesNamed } from "../../../support/judge-evidence";
import { judgeSigned, signedTexts, testKey } from "../../../support/signed-evidence";
import { failedEvidence, plannedEvidence, record } from "../../../support/valid-evidence";

describe("signed evidence", () => {
  const key = testKey("Ed25519", "production");
  const texts = signedTexts(key.signing);

  it("is accepted when signature and rules hold, and says what the key is for", () => {
    const verdict = judgeSigned(texts, key.verifying);
    const unsigned = judge(plannedEvidence());
    if (verdict.verdict !== "accepted" || unsigned.verdict !== "accepted") throw new Error(verdictText(verdict));
    expect(verdict.signature).to.deep.equal({ keyIsFor: "production", keySha256: key.signing.fingerprint });
    expect(verdict.rules).to.equal(unsigned.rules + ATTESTATION_RULES.length);
    expect(verdictText(verdict)).to.match(/ rules met, signed with a production key$/);
    expect(verdictText(unsigned)).to.match(/ rules met$/);
  });

  it("says so when the key is a lab's", () => {
    const lab = testKey("ECDSA P-256", "lab");
    expect(verdictText(judgeSigned(signedTexts(lab.signing), lab.verifying))).to.match(/signed with a lab key$/);
  });

  it("is never accepted with any one bit of either file changed", function () {
    this.timeout(60_000);
    for (const [name, text, step] of [
      ["env", texts.env, 1],
      ["document", texts.document, 17],
    ] as const) {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += step) {
        const copy = Buffer.from(bytes);
        copy[at] = bytes[at]! ^ (1 << (at % 7));
        const verdict = judgeSigned({ ...texts, [name]: copy.toString("latin1") }, key.verifying);
        expect(rulesNamed(verdict), `${name} ${at}`).to.include("subject-digest");
      }
    }
  });

  it("is refused when both files were forged to agree with each other", () => {
    const forged = plannedEvidence();
    forged.drill.nonce = "gate-8";
    record(forged);
    const { env, document } = signedTexts(testKey().signing, forged);
    expect(judge(forged).verdict).to.equal("accepted");
    expect(rulesNamed(judgeSigned({ ...texts, env, document }, key.verifying))).to.deep.equal([
      "subject-digest",
      "statement-agrees",
    ]);
  });

  it("is refused by the rules although its signature holds: a signature does not make a drill good", () => {
    const verdict = judgeSigned(signedTexts(key.signing, failedEvidence("verify")), key.verifying);
    expect(rulesNamed(verdict)).to.include("drill-succeeded").and.not.include("signature");
  });

  it("tells the signature's faults before those of the rules", () => {
    const verdict = judgeSigned(signedTexts(key.signing, failedEvidence("verify")), testKey().verifying);
    expect(rulesNamed(verdict).slice(0, 3)).to.deep.equal(["bundle-key", "signature", "drill-succeeded"]);
  });

  it("is refused, not unverifiable, when the document was edited until it is no JSON: it was not signed so", () => {
    const verdict = judgeSigned({ ...texts, document: texts.document.slice(0, 500) }, key.verifying);
    expect(rulesNamed(verdict)).to.deep.equal(["subject-digest"]);
  });

  it("is unverifiable when the bundle or the evidence cannot be read", () => {
    const bundle = { readable: false, reason: "x.sigstore.json is missing", next: "y" } as const;
    const noBundle = verifySignedEvidence(
      readingOf(texts.env, texts.document),
      { bundle, key: key.verifying },
      EXPECTATIONS,
    );
    expect(noBundle).to.deep.equal({ verdict: "unverifiable", reason: "x.sigstore.json is missing", next: "y" });
    const nothing = { readable: false, reason: "x.env is missing", next: "z" } as const;
    const signature = { bundle: { readable: true, text: texts.bundle }, key: key.verifying } as const;
    expect(verifySignedEvidence(nothing, signature, EXPECTATIONS)).to.include({ reason: "x.env is missing" });
  });
});
