import { expect } from "chai";
import { missingCertificates } from "../../../../lab/host/certificates";
import { HOST_A, HOST_B } from "../../../../lab/host/layout";

const config = (...keys: readonly string[]): string =>
  ["config:", ...keys.map((key) => `  ${key}: {secure: "v1:x"}`)].join("\n");

describe("certificates of the lab's stacks", () => {
  it("are the CA's key in stack primary, and each host's own in both", () => {
    expect(missingCertificates(HOST_A, "")).to.deep.equal(["understudy:certificates", "understudy:caKey"]);
    expect(missingCertificates(HOST_B, "config:\n")).to.deep.equal(["understudy:certificates"]);
  });

  it("are not made anew where they are there, whichever host made them", () => {
    expect(missingCertificates(HOST_A, config("understudy:certificates", "understudy:caKey"))).to.deep.equal([]);
    expect(missingCertificates(HOST_B, config("understudy:certificates"))).to.deep.equal([]);
  });

  it("are made where half of them is gone: a CA without its key, a host without its own", () => {
    expect(missingCertificates(HOST_A, config("understudy:certificates"))).to.deep.equal(["understudy:caKey"]);
    expect(missingCertificates(HOST_A, config("understudy:caKey"))).to.deep.equal(["understudy:certificates"]);
    expect(missingCertificates(HOST_B, config("understudy:redisPassword"))).to.have.length(1);
  });
});
