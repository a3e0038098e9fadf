import { expect } from "chai";
import { encryptionFinding } from "../../../../operator/doctor/encryption-findings";
import { parseNote, plainChanges, type FoundEncryption } from "../../../../operator/lifecycle/encryption-state";
import type { Encryption } from "../../../../settings/encryption";

const FOUND: FoundEncryption = { mode: "required", encrypts: true, why: "", waitsForPeer: false, plain: [] };
const CLIENT = { role: "shop", application: "till", address: "198.51.100.9", sessions: 3 };

describe("what doctor says of how a host encrypts", () => {
  const said = (found: Partial<FoundEncryption>, encryption?: Encryption): string => {
    const finding = encryptionFinding("host-a", encryption === undefined ? {} : { encryption }, { ...FOUND, ...found });
    return `${finding?.state ?? ""}: ${finding?.detail ?? ""}`;
  };

  it("nothing where nobody could say, and good where it is as it should be", () => {
    expect(encryptionFinding("host-a", {}, undefined)).to.equal(undefined);
    expect(said({})).to.equal("good: PostgreSQL lets nobody in plain from elsewhere");
    expect(said({ mode: "plain", encrypts: false })).to.match(/^good: PostgreSQL is plain: /);
  });

  it("lists who still comes plain where both are taken, so that one knows when it can be required", () => {
    const plain = [CLIENT, { ...CLIENT, application: "", sessions: 1 }];
    expect(said({ mode: "used", plain })).to.equal(
      "problem: PostgreSQL takes both; still plain: 3 of shop (till) from 198.51.100.9, 1 of shop from 198.51.100.9",
    );
    expect(said({ mode: "used" })).to.equal("problem: PostgreSQL takes both; nobody comes plain now");
    expect(said({ mode: "accepted" })).to.match(/our own sessions are plain; nobody comes plain now$/);
    expect(said({ mode: "used", plain: null })).to.match(/^unknown: /);
    expect(said({ plain })).to.match(/^problem: PostgreSQL lets nobody in plain any more; still plain: 3 of shop/);
  });

  it("what does not hold: another mode than declared, no certificate taken, a peer that was not seen to encrypt", () => {
    expect(said({ mode: "plain" }, "used")).to.equal("problem: PostgreSQL is plain, the environment file says used");
    expect(said({ encrypts: false, why: "key" })).to.equal(
      "problem: PostgreSQL does not encrypt, and lets nobody in from elsewhere: key",
    );
    expect(said({ mode: "used", encrypts: false, why: "key" })).to.equal("problem: PostgreSQL does not encrypt: key");
    expect(said({ why: "those of before stay" })).to.equal("problem: those of before stay");
    expect(said({ waitsForPeer: true })).to.match(/^problem: the other host was not seen to encrypt yet/);
  });

  it("reads what a boot guard noted", () => {
    expect(parseNote("required on 1-2 ")).to.deep.equal({ mode: "required", encrypts: true, why: "" });
    expect(parseNote("used off 1-2 no such file")).to.deep.equal({
      mode: "used",
      encrypts: false,
      why: "no such file",
    });
    for (const line of ["plain off", "", "odd on"]) expect(parseNote(line).mode).to.equal("plain");
  });
});

describe("an up that would refuse clients that are plain", () => {
  const changes = (
    found: Partial<FoundEncryption> | undefined,
    encryption?: Encryption,
    hasCertificates = true,
  ): readonly string[] =>
    plainChanges({ name: "host-a" }, encryption === undefined ? {} : { encryption }, {
      found: found && { ...FOUND, mode: "plain", plain: [CLIENT, { ...CLIENT, role: "understudy_probe" }], ...found },
      program: "PostgreSQL",
      hasCertificates,
      file: "pair.yaml",
    }).map(({ words, way }) => `${words}; ${way}`);

  it("is refused with their names and the mode that takes both", () => {
    for (const found of [{}, { mode: "used" as const }])
      expect(changes(found)).to.deep.equal([
        "PostgreSQL on host-a has sessions that are not encrypted, which would not be let in again: 3 of shop (till) from 198.51.100.9; let these clients encrypt; or, as long as they do not, encryption: used in pair.yaml",
      ]);
  });

  it("goes on where there is none but ours, where both are taken, and where it was so before", () => {
    expect(changes({ plain: [{ ...CLIENT, role: "understudy_guard" }] })).to.deep.equal([]);
    expect(changes({}, "used")).to.deep.equal([]);
    expect(changes({}, undefined, false)).to.deep.equal([]);
    expect(changes({ mode: "required" })).to.deep.equal([]);
    expect(changes(undefined)).to.deep.equal([]);
    expect(changes({ plain: null })).to.deep.equal([]);
  });
});
