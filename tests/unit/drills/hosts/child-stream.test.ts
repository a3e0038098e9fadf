import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { childStream } from "../../../../drills/hosts/engine";

describe("a child's stdin and stdout as one stream", () => {
  it("gives the whole answer of a child that has stopped listening before it answers", async () => {
    const stream = childStream(spawn("sh", ["-c", "exec 0<&-; sleep 0.2; echo late"], { stdio: "pipe" }));
    const timer = setInterval(() => stream.writable && stream.write("unheard"), 20);
    try {
      expect(await text(stream)).to.equal("late\n");
    } finally {
      clearInterval(timer);
    }
  });

  it("passes on what is written, and closes when the child has said everything", async () => {
    const stream = childStream(spawn("head", ["-n", "2"], { stdio: "pipe" }));
    const closed = new Promise((resolve) => stream.once("close", resolve));
    stream.write("one\n");
    stream.write("two\n");
    expect(await text(stream)).to.equal("one\ntwo\n");
    await closed;
  });

  it("keeps to the pace of its reader, and loses nothing of a large answer", async () => {
    const stream = childStream(spawn("head", ["-c", "5000000", "/dev/zero"], { stdio: "pipe" }));
    let bytes = 0;
    for await (const chunk of stream) bytes += (chunk as Buffer).length;
    expect(bytes).to.equal(5_000_000);
  });
});
