import { expect } from "chai";
import { archiveLag, logGap, parseLogFiles } from "../../../../../drills/services/backup/wal-archive";
import { parseLsn } from "../../../../../evidence/lsn";

const MIB4 = 4 * 1024 * 1024;
const files = (...names: string[]): ReturnType<typeof parseLogFiles> =>
  parseLogFiles(names.map((name) => `${name} ${name.endsWith(".history") ? 41 : MIB4}`).join("\n"));
const segment = (number: number, timeline = 1): string =>
  `${String(timeline).padStart(8, "0")}00000000${number.toString(16).toUpperCase().padStart(8, "0")}`;

describe("the archive of a write-ahead log", () => {
  it("is whole when every segment from the base backup to the one being written is there", () => {
    expect(logGap(files(segment(8), segment(9), `${segment(10)}.partial`), segment(8))).to.equal(undefined);
  });

  it("names the segment that is missing, in the middle or at the beginning", () => {
    expect(logGap(files(segment(8), segment(10)), segment(8))).to.equal(`${segment(9)} is missing`);
    expect(logGap(files(segment(9), segment(10)), segment(8))).to.equal(`${segment(8)} is missing`);
  });

  it("names a segment of which only a part came, while its timeline goes on", () => {
    expect(logGap(files(`${segment(8)}.partial`, segment(9)), segment(8))).to.equal(`${segment(8)} is only partial`);
  });

  it("is whole across a timeline switch, and not without its history", () => {
    const both = [segment(8), `${segment(9)}.partial`, segment(9, 2), segment(10, 2)];
    expect(logGap(files(...both, "00000002.history"), segment(8))).to.equal(undefined);
    expect(logGap(files(...both), segment(8))).to.equal("00000002.history is missing");
  });

  it("is behind by the bytes after its last segment; of an empty one nobody knows", () => {
    const archive = files(segment(0), `${segment(1)}.partial`);
    expect(archiveLag(archive, parseLsn("0/7FFFFF"))).to.equal(0n);
    expect(archiveLag(archive, parseLsn("0/800010"))).to.equal(16n);
    expect(archiveLag([], parseLsn("0/800010"))).to.equal(null);
  });
});
