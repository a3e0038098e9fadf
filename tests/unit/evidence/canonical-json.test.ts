import { expect } from "chai";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { canonicalJson, serializeDocument } from "../../../evidence/canonical-json";
import { plannedEvidence } from "../../support/valid-evidence";

describe("canonical JSON", () => {
  it("does not depend on the order of keys", () => {
    expect(canonicalJson({ b: 1, a: { d: null, c: [1] } })).to.equal(canonicalJson({ a: { c: [1], d: null }, b: 1 }));
  });

  it("is JSON that says the same, whatever the value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(canonicalJson(plain))).to.deep.equal(plain);
        expect(canonicalJson(JSON.parse(canonicalJson(plain)))).to.equal(canonicalJson(plain));
      }),
    );
  });

  it("keeps each array of samples on one line", () => {
    const { text } = serializeDocument(plannedEvidence());
    expect(text).to.match(/^ +"outcome": \["a",.*\],?$/m);
    expect(text).to.match(/^ +"found": \[\[1,\d+\]\],?$/m);
    expect(text.endsWith("}\n")).to.equal(true);
  });

  it("comes with the checksum of its bytes", () => {
    const { text, sha256 } = serializeDocument(plannedEvidence());
    expect(sha256).to.equal(createHash("sha256").update(Buffer.from(text, "utf8")).digest("hex"));
  });
});
