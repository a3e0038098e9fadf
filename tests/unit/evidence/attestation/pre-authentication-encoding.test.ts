import { expect } from "chai";
import { preAuthenticationEncoding } from "../../../../evidence/attestation/bundle";

describe("DSSE's pre-authentication encoding", () => {
  const encoded = (type: string, payload: string): string =>
    preAuthenticationEncoding(type, Buffer.from(payload)).toString();

  it("is the one that DSSE's own example gives", () => {
    expect(encoded("http://example.com/HelloWorld", "hello world")).to.equal(
      "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
    );
  });

  it("counts bytes, not characters", () => {
    expect(encoded("ü", "日")).to.equal("DSSEv1 2 ü 3 日");
  });

  it("tells apart what would read the same without lengths", () => {
    expect(encoded("a 1", "b")).not.to.equal(encoded("a", "1 b"));
  });
});
