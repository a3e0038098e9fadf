import { expect } from "chai";
import { parseLogBatches, parseWholeLog, wholeLog } from "../../../../../drills/services/backup/log-batches";
import { logBytes, logGap } from "../../../../../drills/services/backup/wal-archive";

const BYTES = 16 * 1024 * 1024;
const LINE = "0011223344556677";
const segment = (number: number, timeline = 1): string =>
  `${String(timeline).padStart(8, "0")}00000001${number.toString(16).toUpperCase().padStart(8, "0")}`;
const batch = (...files: readonly string[]): object => ({
  id: "a1",
  tags: ["log", `line:${LINE}`, `segment:${BYTES}`, ...files.map((one) => `files:${one}`)],
});
const named = (...snapshots: readonly object[]): readonly string[] =>
  parseLogBatches(JSON.stringify(snapshots)).flatMap((one) => one.files.map(({ name }) => name));
const folder = (...names: readonly string[]): string =>
  [...names.map((one) => `${one} ${BYTES}`), `here line=${LINE}`].join("\n");

describe("the write-ahead log in the repository", () => {
  it("is named by runs on one timeline, across the high half of a position, and by single files", () => {
    expect(
      named(batch(`${segment(0xfe)}..000000010000000200000001`, `${segment(3)}.partial`, segment(3, 2))),
    ).to.deep.equal([
      segment(0xfe),
      segment(0xff),
      "000000010000000200000000",
      "000000010000000200000001",
      `${segment(3)}.partial`,
      segment(3, 2),
    ]);
  });

  it("is only what was seen to be whole, and no run is without bound", () => {
    const unconfirmed = { id: "b2", tags: ["unconfirmed-log"] };
    expect(named(unconfirmed, { id: "c3", tags: null }, { id: "d4", tags: ["redis", "bytes:7"] })).to.deep.equal([]);
    expect(named(batch(`${segment(1)}..00000001FFFFFFFF000000FF`, `${segment(5)}..${segment(4)}`))).to.deep.equal([]);
    expect(parseLogBatches("null")).to.deep.equal([]);
  });

  it("makes one log with what lies in the folder, a file that is in both being one", () => {
    const batches = parseLogBatches(JSON.stringify([batch(`${segment(2)}..${segment(4)}`)]));
    const log = wholeLog(folder(segment(4), segment(5), `${segment(6)}.partial`), batches);
    expect(log).to.have.length(5);
    expect(logGap(log, segment(2))).to.equal(undefined);
    expect(logGap(log, segment(1))).to.equal(`${segment(1)} is missing`);
    expect(logBytes(log, segment(3), segment(5).slice(8))).to.equal(3 * BYTES);
  });

  it("has no part in a log that was begun anew, or of which nothing says which it is", () => {
    const batches = parseLogBatches(JSON.stringify([batch(segment(2))]));
    expect(wholeLog(folder(segment(3)).replace(LINE, "8899aabbccddeeff"), batches)).to.have.length(1);
    expect(wholeLog(`${segment(3)} ${BYTES}`, batches), "of an earlier version").to.have.length(1);
  });

  it("is read from one answer, also of an archive without any", () => {
    const log = parseWholeLog(`${folder(segment(3))}\n${JSON.stringify([batch(segment(2))])}\nend`);
    expect(log.map((one) => one.name)).to.deep.equal([segment(2), segment(3)]);
    expect(parseWholeLog(`${folder(segment(3))}\nnull\nend`)).to.have.length(1);
    expect(parseWholeLog("end")).to.deep.equal([]);
  });
});
