import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect } from "chai";
import { oneTimeCertificate } from "../../../../../drills/services/data-sync/one-time-certificate";

describe("the certificate of one drill", () => {
  it("is one that its own key has signed, valid whatever a host's clock says", () => {
    const { key, certificate } = oneTimeCertificate();
    const read = new X509Certificate(certificate);
    expect(read.subject).to.equal("CN=understudy");
    expect(read.checkPrivateKey(createPrivateKey(key))).to.equal(true);
    expect(read.verify(read.publicKey)).to.equal(true);
    expect([read.validFrom, read.validTo].map((one) => new Date(one).getUTCFullYear())).to.deep.equal([2020, 2099]);
  });

  it("is another one each time", () => {
    const [one, other] = [oneTimeCertificate(), oneTimeCertificate()];
    expect(new X509Certificate(one.certificate).verify(new X509Certificate(other.certificate).publicKey)).to.equal(
      false,
    );
  });
});
