import { expect } from "chai";
import { parseFileList, type FileList } from "../../../../../drills/services/data-sync/file-list";
import { partsName, piecesOf } from "../../../../../drills/services/data-sync/pieces";

const HERE: FileList = parseFileList("4 1 ./a\n30 2 ./b\n5 3 ./c\n3 4 ./d\n");
const ALL = [...HERE.keys()];

/** What goes in each piece, with at most ten bytes in one. */
function pieces(arrived: ReadonlyMap<string, number> = new Map()): readonly string[] {
  return piecesOf(ALL, HERE, arrived, 10).map((one) =>
    one.kind === "files" ? one.paths.join(" ") : `${one.path} ${one.offset}+${one.bytes}`,
  );
}

describe("the pieces in which files go", () => {
  it("are small files together, and then parts of large ones, none larger than what may go at a time", () => {
    expect(pieces()).to.deep.equal(["./a ./c", "./d", "./b 0+10", "./b 10+10", "./b 20+10"]);
  });

  it("begin where a part of a file has ended that has arrived before", () => {
    const name = partsName("./b", { bytes: 30, changedAt: 2 });
    expect(pieces(new Map([[name, 17]]))).to.deep.equal(["./a ./c", "./d", "./b 17+10", "./b 27+3"]);
    expect(pieces(new Map([[name, 30]])), "all is there but its end").to.deep.equal(["./a ./c", "./d", "./b 30+0"]);
  });

  it("have another name once the file has changed", () => {
    const names = [
      partsName("./b", { bytes: 30, changedAt: 2 }),
      partsName("./b", { bytes: 31, changedAt: 2 }),
      partsName("./b", { bytes: 30, changedAt: 3 }),
      partsName("./a", { bytes: 30, changedAt: 2 }),
    ];
    expect(new Set(names).size).to.equal(4);
  });

  it("are none of a file that is not there", () => {
    expect(piecesOf(["./gone"], HERE, new Map())).to.deep.equal([]);
  });
});
