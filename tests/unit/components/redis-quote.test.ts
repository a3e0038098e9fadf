import { expect } from "chai";
import { redisQuote } from "../../../components/redis";

describe("redisQuote", () => {
  it("escapes quotes and backslashes, and nothing else", () => {
    expect(redisQuote(`a"b\\c 'd#$`)).to.equal(`"a\\"b\\\\c 'd#$"`);
  });

  for (const breaking of ["a\nrequirepass x", "a\r"]) {
    it(`refuses ${JSON.stringify(breaking)} without repeating it`, () => {
      expect(() => redisQuote(breaking)).to.throw(/^a Redis password must not contain a line break$/);
    });
  }
});
