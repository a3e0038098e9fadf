import { expect } from "chai";
import { mountsUnder } from "../../../../lab/host/disk";

const mountinfo = [
  "22 1 254:0 / / rw - ext4 /dev/vda rw",
  "40 22 7:0 / /lab/host-a/disk rw - ext4 /dev/loop0 rw",
  "41 40 0:50 / /lab/host-a/disk/docker/overlay2/x/merged rw - overlay overlay rw",
  "42 22 0:51 / /lab/host-a/a\\040b rw - tmpfs tmpfs rw",
  "43 22 0:52 / /lab/host-ab rw - tmpfs tmpfs rw",
  "",
].join("\n");

describe("mounts below a folder", () => {
  it("come newest first, so that each is unmounted before what it lies on", () => {
    expect(mountsUnder("/lab/host-a", mountinfo)).to.deep.equal([
      "/lab/host-a/a b",
      "/lab/host-a/disk/docker/overlay2/x/merged",
      "/lab/host-a/disk",
    ]);
  });

  it("do not include a neighbour whose name begins alike", () => {
    expect(mountsUnder("/lab/host-ab", mountinfo)).to.deep.equal(["/lab/host-ab"]);
    expect(mountsUnder("/lab/host-abc", mountinfo)).to.deep.equal([]);
  });
});
