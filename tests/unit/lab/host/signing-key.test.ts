import { expect } from "chai";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { signingKeyFrom, verifyingKeyFrom } from "../../../../evidence/attestation/keys";
import { LAB_FILES } from "../../../../lab/host/layout";
import { makeSigningKey, signingKeyFault } from "../../../../lab/host/signing-key";
import { environmentSchema } from "../../../../settings/environment";
import { temporaryFolder } from "../../../support/temporary-folder";

describe("the lab's signing key", () => {
  const folder = temporaryFolder();
  const files = (): { signingKey: string; signingPublicKey: string } => ({
    signingKey: path.join(folder(), "key.pem"),
    signingPublicKey: path.join(folder(), "key.pub.pem"),
  });
  const pem = (): string => readFileSync(files().signingKey, "utf8");

  it("is made as a pair that fits, the private one for its owner's eyes only", () => {
    expect(signingKeyFault(files())).to.equal("no private key");
    makeSigningKey(files());
    expect(signingKeyFault(files())).to.equal(undefined);
    expect(statSync(files().signingKey).mode & 0o777).to.equal(0o600);
    const verifying = verifyingKeyFrom(readFileSync(files().signingPublicKey, "utf8"));
    expect(verifying.fingerprint).to.equal(signingKeyFrom(pem(), "lab").fingerprint);
  });

  it("stays when only its public half is missing or another's", () => {
    const before = pem();
    for (const spoil of [
      () => rmSync(files().signingPublicKey),
      () => writeFileSync(files().signingPublicKey, "another"),
    ]) {
      spoil();
      expect(signingKeyFault(files())).to.equal("no public key of the private one");
      makeSigningKey(files());
      expect([signingKeyFault(files()), pem()]).to.deep.equal([undefined, before]);
    }
  });

  it("is made anew when it cannot be read", () => {
    writeFileSync(files().signingKey, "spoiled");
    expect(signingKeyFault(files())).to.equal("the private key cannot be read");
    makeSigningKey(files());
    expect(signingKeyFault(files())).to.equal(undefined);
  });

  it("is the one that the lab's environment names, and is marked as a lab's", () => {
    const file = path.resolve(__dirname, "../../../../configs/deploy/environments/lab.yaml");
    expect(environmentSchema.parse(parse(readFileSync(file, "utf8"))).evidence).to.deep.equal({
      signing_key_file: LAB_FILES.signingKey,
      key_is_for: "lab",
    });
  });
});
