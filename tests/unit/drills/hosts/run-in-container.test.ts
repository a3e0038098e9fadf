import { PassThrough } from "node:stream";
import { expect } from "chai";
import type Docker from "dockerode";
import { runInContainer } from "../../../../drills/hosts/run-in-container";

/** An engine that runs one command: what it prints goes into `stream`, and it exits with `code`. */
function engineOf(stream: PassThrough, code = 0): Docker {
  const exec = { start: () => Promise.resolve(stream), inspect: () => Promise.resolve({ ExitCode: code }) };
  return {
    getContainer: () => ({ exec: () => Promise.resolve(exec) }),
    modem: {
      demuxStream: (from: PassThrough, output: PassThrough, complaints: PassThrough) =>
        from.on("data", (chunk: Buffer) => (code === 0 ? output : complaints).write(chunk)),
    },
  } as unknown as Docker;
}

const failure = (running: Promise<string>): Promise<string> =>
  running.then(
    () => "no failure",
    (error: unknown) => String(error),
  );

describe("a command in a container", () => {
  it("gives what it printed when it exits 0", async () => {
    const stream = new PassThrough();
    const said = runInContainer(engineOf(stream), "box", ["true"]);
    stream.end("done\n");
    expect(await said).to.equal("done\n");
  });

  it("fails with its own words when it does not", async () => {
    const stream = new PassThrough();
    const said = failure(runInContainer(engineOf(stream, 3), "box", ["false"]));
    stream.end("no such thing\n");
    expect(await said).to.include("box: false exited 3: no such thing");
  });

  it("does not wait for the bound when its engine is lost in the middle", async () => {
    const stream = new PassThrough();
    const began = performance.now();
    const said = failure(runInContainer(engineOf(stream), "box", ["sleep"], 600_000));
    setImmediate(() => stream.destroy());
    expect(await said).to.match(/premature close/i);
    expect(performance.now() - began).to.be.lessThan(2000);
  });
});
