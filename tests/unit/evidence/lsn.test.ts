import { expect } from "chai";
import fc from "fast-check";
import { addToLsn, compareLsn, formatLsn, lsnDistance, parseLsn } from "../../../evidence/lsn";

const anyLsn = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });

describe("log sequence numbers", () => {
  it("read PostgreSQL's text form", () => {
    expect(parseLsn("0/3000150")).to.equal(0x3000150n);
    expect(parseLsn("16/B374D848")).to.equal(0x16_b374_d848n);
    expect(parseLsn("FFFFFFFF/FFFFFFFF")).to.equal(0xffff_ffff_ffff_ffffn);
  });

  it("pad the low half: 1/0 lies after 0/FFFFFFFF, whatever the texts look like", () => {
    expect(compareLsn(parseLsn("1/0"), parseLsn("0/FFFFFFFF"))).to.equal(1);
    expect(compareLsn(parseLsn("0/9"), parseLsn("0/10"))).to.equal(-1);
    expect(compareLsn(parseLsn("0/a"), parseLsn("0/A"))).to.equal(0);
  });

  for (const text of ["", "0", "0/", "/0", "0/G", "-1/0", "0/123456789", "0/1 ", "0x1/2", "0/1\n"]) {
    it(`refuse ${JSON.stringify(text)}, naming it`, () => {
      expect(() => parseLsn(text)).to.throw(JSON.stringify(text));
    });
  }

  it("come back from their text unchanged", () => {
    fc.assert(fc.property(anyLsn, (lsn) => parseLsn(formatLsn(lsn)) === lsn));
  });

  it("are written as PostgreSQL writes them: upper case, no leading zeros", () => {
    expect(formatLsn(0x3000_150n)).to.equal("0/3000150");
    expect(formatLsn(0xab_0000_0000n)).to.equal("AB/0");
    expect(() => formatLsn(-1n)).to.throw(RangeError);
    expect(() => formatLsn(1n << 64n)).to.throw(RangeError);
  });

  it("sort as positions", () => {
    const sorted = ["1/0", "0/10", "0/9"].map(parseLsn).sort(compareLsn).map(formatLsn);
    expect(sorted).to.deep.equal(["0/9", "0/10", "1/0"]);
  });

  it("give the distance that adding covers", () => {
    const bytes = fc.bigInt({ min: 0n, max: 1n << 40n });
    fc.assert(fc.property(anyLsn, bytes, (lsn, more) => lsnDistance(lsn, addToLsn(lsn, more)) === more));
    expect(addToLsn(parseLsn("0/100"), -16)).to.equal(0xf0n);
  });
});
