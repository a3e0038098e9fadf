import { expect } from "chai";
import { parseStat } from "../../../../lab/faults/host-processes";

describe("a process as /proc/PID/stat shows it", () => {
  it("is read with its name and state", () => {
    const stopped = { pid: 4711, program: "redis-server", state: "T" };
    expect(parseStat("4711 (redis-server) T 1 4711 4711 0 -1 4194560")).to.deep.equal(stopped);
  });

  it("may have blanks, brackets and a state's letter in its name", () => {
    expect(parseStat("12 (a (b) T c) S 1 12 12 0")).to.deep.equal({ pid: 12, program: "a (b) T c", state: "S" });
  });

  it("is nothing when there is no such text", () => {
    expect(parseStat("")).to.equal(undefined);
  });
});
