import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect } from "chai";
import { leafFacts, readChain, validity } from "../../../../settings/certificates/facts";
import {
  BACK_DATED_MS,
  issueLeaf,
  LEAF_DAYS,
  makeAuthority,
  makeOneTime,
} from "../../../../settings/certificates/issue";
import type { Authority, StoredLeaf } from "../../../../settings/certificates/stored";
import type { WantedLeaf } from "../../../../settings/certificates/wanted";
import { DAY_MS, LIFE_MS, serverLeaf } from "../../../support/issued";

const NOW = Date.parse("2026-11-30T12:00:00Z");
const SERVER = serverLeaf("host-a", "10.0.0.3", "fd00::7", "sample.understudy");
const CLIENT: WantedLeaf = { name: "understudy_guard", use: "client", commonName: "understudy_guard", names: [] };

describe("a certificate", function () {
  this.timeout(20_000);
  let authority: Authority;
  let foreign: Authority;

  before(async () => {
    authority = await makeAuthority("sample", NOW);
    foreign = await makeAuthority("sample", NOW);
  });

  const only = (leaf: StoredLeaf): X509Certificate => readChain(leaf.certificate)[0]!;
  const fault = (
    leaf: StoredLeaf | undefined,
    wanted: WantedLeaf,
    nowMs = NOW,
    trust = authority.chain,
  ): string | null => leafFacts(leaf, wanted, { trust }, nowMs).fault;

  it("of a CA has its own name, signs for ten years, and has signed itself", () => {
    const [one, other] = [authority, foreign].map(({ chain }) => new X509Certificate(chain[0]!));
    expect(one!.subject).to.match(/^CN=understudy CA of sample [0-9a-f]{8}$/);
    expect(one!.subject).to.not.equal(other!.subject);
    expect([one!.ca, one!.verify(one!.publicKey)]).to.deep.equal([true, true]);
    expect(validity(one!)).to.deep.equal({ fromMs: NOW - BACK_DATED_MS, toMs: NOW + 3650 * DAY_MS });
    expect(one!.publicKey.asymmetricKeyDetails).to.deep.equal({ namedCurve: "prime256v1" });
  });

  it("of a host is what was wanted, for one year from an hour before", async () => {
    for (const wanted of [SERVER, CLIENT]) {
      const leaf = await issueLeaf(wanted, authority, NOW);
      expect(fault(leaf, wanted)).to.equal(null);
      expect(validity(only(leaf))).to.deep.equal({ fromMs: NOW - BACK_DATED_MS, toMs: NOW + LIFE_MS });
      expect([only(leaf).ca, only(leaf).publicKey.asymmetricKeyDetails?.namedCurve]).to.deep.equal([
        false,
        "prime256v1",
      ]);
    }
  });

  it("is for servers or for clients, never for both", async () => {
    const usages = await Promise.all(
      [SERVER, CLIENT].map(async (one) => only(await issueLeaf(one, authority, NOW)).keyUsage),
    );
    expect(usages).to.deep.equal([["1.3.6.1.5.5.7.3.1"], ["1.3.6.1.5.5.7.3.2"]]);
  });

  it("has a random serial number of up to 128 bits, and a key of its own", async () => {
    const leaves = await Promise.all(Array.from({ length: 20 }, () => issueLeaf(CLIENT, authority, NOW)));
    expect(new Set(leaves.map((one) => only(one).serialNumber)).size).to.equal(20);
    expect(new Set(leaves.map(({ key }) => key)).size).to.equal(20);
    for (const one of leaves) expect(only(one).serialNumber).to.match(/^[0-9A-F]{24,32}$/);
  });

  it("never outlives its CA, nor begins before it", async () => {
    const [ca] = authority.chain.map((one) => validity(new X509Certificate(one)));
    const late = only(await issueLeaf(CLIENT, authority, ca!.toMs - 10 * DAY_MS));
    expect(validity(late).toMs).to.equal(ca!.toMs);
    const early = only(await issueLeaf(CLIENT, authority, ca!.fromMs));
    expect(validity(early).fromMs).to.equal(ca!.fromMs);
  });

  it("is due when less than a third of its life is left, and not a day before", async () => {
    const leaf = await issueLeaf(SERVER, authority, NOW);
    const third = NOW + LIFE_MS - (LIFE_MS + BACK_DATED_MS) / 3;
    expect(fault(leaf, SERVER, third - 1000)).to.equal(null);
    expect(fault(leaf, SERVER, third + 1000)).to.match(
      /^less than a third of its life is left: it ends at 2027-11-30T/,
    );
  });

  it("is due when it ended, has not begun, or its CA ended", async () => {
    const leaf = await issueLeaf(SERVER, authority, NOW);
    expect(fault(leaf, SERVER, NOW + LIFE_MS)).to.equal("it ended at 2027-11-30T12:00:00Z");
    expect(fault(leaf, SERVER, NOW - 365 * DAY_MS)).to.equal("it begins at 2026-11-30T11:00:00Z only");
    const old = await makeAuthority("sample", NOW - 3651 * DAY_MS);
    const young = await issueLeaf(SERVER, { ...authority, key: old.key, chain: old.chain }, NOW - 3652 * DAY_MS);
    expect(fault(young, SERVER, NOW, old.chain)).to.match(/ended at/);
  });

  it("is due when its names are others, one more or one less", async () => {
    const leaf = await issueLeaf(SERVER, authority, NOW);
    expect(fault(leaf, serverLeaf(...SERVER.names, "10.0.0.4"))).to.equal("it does not stand for 10.0.0.4");
    expect(fault(leaf, serverLeaf(...SERVER.names.slice(1)))).to.equal(
      "it stands for names that the host no longer has",
    );
    expect(fault(leaf, { ...SERVER, commonName: "host-b" })).to.equal("it is for host-a");
    expect(fault(leaf, serverLeaf(...[...SERVER.names].reverse()))).to.equal(null);
  });

  it("is due when it is another CA's, has another's key, is not there or is none", async () => {
    const leaf = await issueLeaf(SERVER, authority, NOW);
    const other = await issueLeaf(SERVER, foreign, NOW);
    expect(fault(other, SERVER)).to.equal("no CA that this host trusts has signed it");
    expect(fault({ ...leaf, key: other.key }, SERVER)).to.equal("its key belongs to another certificate");
    expect(fault(undefined, SERVER)).to.equal("there is none");
    for (const certificate of ["", "x", leaf.certificate.replace("MII", "MIX")])
      expect(fault({ ...leaf, certificate }, SERVER)).to.equal("it cannot be read");
  });

  it("for one drill is signed by its own key, valid whatever a host's clock says, and another one each time", async () => {
    const [one, other] = [await makeOneTime("understudy"), await makeOneTime("understudy")];
    const read = new X509Certificate(one.certificate);
    expect(read.subject).to.equal("CN=understudy");
    expect(read.checkPrivateKey(createPrivateKey(one.key))).to.equal(true);
    expect(read.verify(read.publicKey)).to.equal(true);
    expect([read.validFrom, read.validTo].map((at) => new Date(at).getUTCFullYear())).to.deep.equal([2020, 2099]);
    expect(read.verify(new X509Certificate(other.certificate).publicKey)).to.equal(false);
  });

  it("lives one year", () => expect(LEAF_DAYS).to.equal(365));
});
