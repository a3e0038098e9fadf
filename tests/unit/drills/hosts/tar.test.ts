import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { copyInto } from "../../../../drills/hosts/copy-into";
import { readTar, tarArchive, type TarEntry } from "../../../../drills/hosts/tar";
import { temporaryFolder } from "../../../support/temporary-folder";
import type Docker from "dockerode";

const entry = (name: string, kind: TarEntry["kind"], more: Partial<TarEntry> = {}): TarEntry => ({
  ...{ name, kind, content: Buffer.alloc(0), target: "", uid: 1, gid: 2, mode: 0o640 },
  ...more,
});

describe("a tar archive", () => {
  const folder = temporaryFolder();

  it("is read as it was written: files of any length, folders, links, owners and permissions", () => {
    const entries = [
      entry("understudy", "folder", { mode: 0o755 }),
      entry("understudy/empty", "file"),
      ...[1, 511, 512, 513].map((size) => entry(`understudy/${size}`, "file", { content: Buffer.alloc(size, "x") })),
      entry("understudy/current", "link", { target: "a", uid: 65534, gid: 65534 }),
    ];
    expect(readTar(tarArchive(entries, 1))).to.deep.equal(entries);
  });

  it("is read as tar itself writes it", () => {
    const root = path.join(folder(), "root");
    mkdirSync(path.join(root, "deep/er"), { recursive: true });
    writeFileSync(path.join(root, "deep/er/file"), "text\n");
    symlinkSync("er", path.join(root, "deep/link"));
    for (const format of ["ustar", "gnu"]) {
      const read = readTar(execFileSync("tar", [`--format=${format}`, "--sort=name", "-c", "-C", root, "deep"]));
      expect(read.map(({ name, kind, target, content }) => [name, kind, target, content.toString()])).to.deep.equal([
        ["deep/", "folder", "", ""],
        ["deep/er/", "folder", "", ""],
        ["deep/er/file", "file", "", "text\n"],
        ["deep/link", "link", "er", ""],
      ]);
    }
  });

  it("that is cut off in the middle of a file is none", () => {
    const whole = tarArchive([entry("file", "file", { content: Buffer.alloc(700, "x") })]);
    expect(() => readTar(whole.subarray(0, 900))).to.throw(RangeError, "in the middle of file");
    expect(readTar(Buffer.alloc(0))).to.deep.equal([]);
  });

  it("has no room for a long name, a long target or a huge owner", () => {
    expect(() => tarArchive([entry("n".repeat(101), "file")])).to.throw(RangeError);
    expect(() => tarArchive([entry("n", "link", { target: "t".repeat(101) })])).to.throw(RangeError);
    expect(() => tarArchive([entry("n", "file", { uid: 2 ** 22 })])).to.throw(RangeError);
  });
});

describe("a folder that is copied from one container to another", () => {
  it("leaves what is below a mounted volume where it is", async () => {
    const given = tarArchive([
      entry("understudy/", "folder"),
      entry("understudy/ask.sh", "file", { content: Buffer.from("#!/bin/sh\n") }),
      entry("understudy/files/", "folder"),
      entry("understudy/files/a/redis", "file", { content: Buffer.from("hush") }),
      entry("understudy/files-of-another", "file"),
    ]);
    const put: { archive: Buffer; path: string }[] = [];
    const container = {
      getArchive: () => Promise.resolve([given]),
      putArchive: (archive: Buffer, { path: to }: { path: string }) => Promise.resolve(put.push({ archive, path: to })),
    };
    const docker = { getContainer: () => container } as unknown as Docker;
    await copyInto(docker, "from", "to", "/understudy", "/understudy/files");
    expect(put.map((one) => one.path)).to.deep.equal(["/"]);
    expect(readTar(put[0]?.archive ?? Buffer.alloc(0)).map(({ name }) => name)).to.deep.equal([
      ...["understudy/", "understudy/ask.sh", "understudy/files-of-another"],
    ]);
    expect(put[0]?.archive.includes("hush")).to.equal(false);
  });
});
