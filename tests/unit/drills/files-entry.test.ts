import { expect } from "chai";
import { isReplaced } from "../../../drills/files-entry";
import type { FilesWords } from "../../../settings/container-files";

const OLD: Pick<FilesWords, "image" | "user" | "files"> = {
  image: "redis:7",
  user: "redis",
  files: [
    { name: "redis", content: "hush-1", onChange: "reload" },
    { name: "redis.conf", content: "port 6379\n", onChange: "replace" },
  ],
};
const changed = (name: string, content: string): typeof OLD => ({
  ...OLD,
  files: OLD.files.map((one) => (one.name === name ? { ...one, content } : one)),
});

describe("a change of a container's files", () => {
  it("replaces the container when its image, its account or a setting of its start is another one", () => {
    expect(isReplaced(OLD, { ...OLD, image: "redis:8" })).to.equal(true);
    expect(isReplaced(OLD, { ...OLD, user: "999" })).to.equal(true);
    expect(isReplaced(OLD, changed("redis.conf", "port 6380\n"))).to.equal(true);
    expect(isReplaced(OLD, { ...OLD, files: OLD.files.slice(0, 1) })).to.equal(true);
  });

  it("does not for a password, whatever their order", () => {
    expect(isReplaced(OLD, changed("redis", "hush-2"))).to.equal(false);
    expect(isReplaced(OLD, { ...OLD, files: [...OLD.files].reverse() })).to.equal(false);
  });
});
