import { expect } from "chai";
import { keyInWords, lostEntries } from "../../../../drills/rejoin/redis-difference";
import { parseReply, quoteWord } from "../../../../drills/hosts/redis-cli-session";
import { syncBetween } from "../../../../drills/rejoin/return-redis";
import type { RedisSession } from "../../../../drills/hosts/redis";

type Entry = [id: string, fields: string[]];

const order = (id: string): number => Number(id.replace("-", "."));
const entry = (at: number, seq: number): Entry => [`${at}-0`, ["run", "r", "seq", String(seq)]];

/** A server with one journal; counts the pages of it that were read. */
function server(journal: readonly Entry[]): RedisSession & { pages: number } {
  const sorted = [...journal].sort((one, other) => order(one[0]) - order(other[0]));
  const session = {
    pages: 0,
    close: () => undefined,
    command: (...[verb = "", first = "", second = "", , , count = ""]: string[]): Promise<unknown> => {
      switch (verb) {
        case "XREVRANGE": {
          session.pages += 1;
          const below = second === "+" ? Infinity : order(second.replace("(", ""));
          const page = sorted.filter(([id]) => (second.startsWith("(") ? order(id) < below : order(id) <= below));
          return Promise.resolve(page.reverse().slice(0, Number(count)));
        }
        case "XRANGE":
          return Promise.resolve([]);
        default:
          return Promise.reject(new Error(`unexpected: ${verb} ${first}`));
      }
    },
  };
  const answer = session.command.bind(session);
  session.command = (...words) =>
    words[0] === "XRANGE"
      ? Promise.resolve(
          sorted.filter(([id]) => order(id) >= order(words[2] ?? "") && order(id) <= order(words[3] ?? "")),
        )
      : answer(...words);
  return session;
}

describe("journal entries that only the saved Redis has", () => {
  const common = Array.from({ length: 12_000 }, (_one, at) => entry(at + 1, at));

  it("are found at the end, oldest first, beside entries that only the primary has", async () => {
    const saved = server([...common, entry(20_001, 1), entry(20_003, 3)]);
    const primary = server([...common, entry(20_002, 2), entry(20_004, 4)]);
    expect(await lostEntries(saved, primary)).to.deep.equal([
      { run: "r", seq: 1, writtenAt: "20001-0" },
      { run: "r", seq: 3, writtenAt: "20003-0" },
    ]);
    expect(saved.pages, "it stops at the first page that the primary has").to.equal(2);
  });

  it("are found all when they fill several pages", async () => {
    const lost = Array.from({ length: 7000 }, (_one, at) => entry(20_000 + at, at));
    expect(await lostEntries(server([...common, ...lost]), server(common))).to.have.length(7000);
  });

  it("are entries whose content differs, too, and none when all is there", async () => {
    expect(await lostEntries(server([entry(5, 1)]), server([entry(5, 2)]))).to.have.length(1);
    expect(await lostEntries(server(common), server(common))).to.deep.equal([]);
    expect(await lostEntries(server([]), server(common))).to.deep.equal([]);
  });

  it("keep an entry that is no event, its number unknown", async () => {
    expect(await lostEntries(server([["7-0", ["x", "y"]]]), server([]))).to.deep.equal([
      { run: "", seq: null, writtenAt: "7-0" },
    ]);
  });
});

describe("a key as a person reads it", () => {
  it("has its database, and is in hexadecimal where it is no plain text", () => {
    const hex = (text: string): string => Buffer.from(text).toString("hex");
    expect(keyInWords("0", hex("gr\u00fcn"))).to.equal("gr\u00fcn");
    expect(keyInWords("5", hex("a b"))).to.equal("db5: a b");
    expect(keyInWords("0", "fffe")).to.equal("0xfffe");
    expect(keyInWords("3", hex("a\nb"))).to.equal("db3: 0x610a62");
  });
});

describe("a session through redis-cli", () => {
  it("quotes every byte that is not plain", () => {
    expect(quoteWord('a"b\\c\n\u00e9')).to.equal('"a\\"b\\\\c\\x0a\\xc3\\xa9"');
  });

  it("reads one reply a line, and takes an error for one", () => {
    expect(parseReply('[["1-0",["a","b"]]]')).to.deep.equal([["1-0", ["a", "b"]]]);
    expect(parseReply("null")).to.equal(null);
    expect(() => parseReply('error:"LOADING Redis is loading"')).to.throw("LOADING");
  });
});

describe("the kind of a synchronisation", () => {
  const counts = (fullSyncs: number, partialSyncs: number): { fullSyncs: number; partialSyncs: number } => ({
    fullSyncs,
    partialSyncs,
  });

  it("is read from the primary's counts, a full one before all, and unknown when none moved", () => {
    expect(syncBetween(counts(1, 1), counts(2, 2))).to.equal("full");
    expect(syncBetween(counts(1, 1), counts(1, 2))).to.equal("partial");
    expect(syncBetween(counts(1, 1), counts(1, 1))).to.equal("unknown");
  });
});
