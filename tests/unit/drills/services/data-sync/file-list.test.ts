import { expect } from "chai";
import {
  digestOf,
  parseChecksums,
  parseFileList,
  surplus,
  toBeCopied,
  type FileList,
} from "../../../../../drills/services/data-sync/file-list";

const LISTED = "582 1795574998 ./chunks/fake/ff/MWEy=\n16 5 ./wal/a b:c\n";
const NONE: FileList = new Map();

describe("file lists of a carry-over", () => {
  const here = parseFileList(LISTED);

  it("reads what stat prints, also names with spaces and colons", () => {
    expect([...here.keys()]).to.deep.equal(["./chunks/fake/ff/MWEy=", "./wal/a b:c"]);
    expect(here.get("./wal/a b:c")).to.deep.equal({ bytes: 16, changedAt: 5 });
    expect(() => parseFileList("stat: cannot read\n")).to.throw("not a line");
  });

  it("copies what is missing, has another size or another time, and nothing else", () => {
    expect(toBeCopied(here, here)).to.deep.equal([]);
    expect(toBeCopied(here, NONE)).to.deep.equal([...here.keys()].sort());
    const longer = new Map([...here, ["./wal/a b:c", { bytes: 17, changedAt: 5 }] as const]);
    const newer = new Map([...here, ["./wal/a b:c", { bytes: 16, changedAt: 6 }] as const]);
    for (const there of [longer, newer]) expect(toBeCopied(here, there)).to.deep.equal(["./wal/a b:c"]);
  });

  it("names what only the other side has", () => {
    expect(surplus(NONE, here)).to.deep.equal([...here.keys()].sort());
    expect(surplus(here, NONE)).to.deep.equal([]);
  });

  it("gives equal digests for the same files only", () => {
    const sums = parseChecksums(`${"a".repeat(64)}  ./wal/a b:c\n`);
    const digest = digestOf(here.keys(), here, sums);
    expect(digestOf([...here.keys()].reverse(), here, sums)).to.equal(digest);
    expect(digestOf(here.keys(), new Map([...here].slice(1)), sums), "a file is missing").not.to.equal(digest);
    const other = parseChecksums(`${"b".repeat(64)}  ./wal/a b:c\n`);
    expect(digestOf(here.keys(), here, other), "other content").not.to.equal(digest);
    expect(digestOf(here.keys(), here, new Map()), "content not looked at").not.to.equal(digest);
    const longer = new Map([...here, ["./wal/a b:c", { bytes: 17, changedAt: 5 }] as const]);
    expect(digestOf(here.keys(), longer, sums), "another size").not.to.equal(digest);
  });
});
