import { expect } from "chai";
import { ensurePart } from "../../../../lab/host/progress";
import { attempt, LabError, run, succeeds } from "../../../../lab/host/run";
import { waitUntil } from "../../../../lab/host/wait";

describe("commands of the lab", () => {
  it("return their stdout", async () => {
    expect(await run("printf", ["%s", "a b"])).to.equal("a b");
  });

  it("fail with the command, its last words and the next command", async () => {
    const failure = await run("sh", ["-c", "echo no such thing >&2; exit 3"], { next: "look there" }).catch(
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(LabError);
    expect((failure as LabError).message).to.match(/^`sh -c .*` failed: no such thing; next: look there$/);
  });

  it("are ended after their time, and say so", async () => {
    const result = await attempt("sleep", ["10"], { timeoutMs: 50 });
    expect(result).to.deep.equal({ code: null, stdout: "", stderr: "no end after 50 ms" });
  });

  it("tell a program that is not there from one that failed", async () => {
    expect((await attempt("understudy-no-such-program", [])).code).to.equal(null);
    expect((await attempt("sh", ["-c", "exit 7"])).code).to.equal(7);
    expect(await succeeds("false", [])).to.equal(false);
  });
});

describe("waiting", () => {
  it("ends with the first yes", async () => {
    let asked = 0;
    expect(await waitUntil(() => ++asked === 3, 1_000, 1)).to.equal(true);
    expect(asked).to.equal(3);
  });

  it("ends with no when the time is over", async () => {
    expect(await waitUntil(() => false, 20, 5)).to.equal(false);
  });
});

describe("a part of the lab", () => {
  const watch = async (fault: string | undefined): Promise<{ repaired: number; lines: string[] }> => {
    let repaired = 0;
    const lines: string[] = [];
    const repair = (): Promise<void> => {
      repaired += 1;
      return Promise.resolve();
    };
    await ensurePart({ name: "bridge", inspect: () => Promise.resolve(fault), repair }, (line) => lines.push(line));
    return { repaired, lines };
  };

  it("that is all right is not touched", async () => {
    const { repaired, lines } = await watch(undefined);
    expect(repaired).to.equal(0);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^bridge +0\.\d s {2}as it should be$/);
  });

  it("that is not all right is repaired once, and its fault is told", async () => {
    const { repaired, lines } = await watch("understudy0 is down");
    expect(repaired).to.equal(1);
    expect(lines[0]).to.match(/made \(understudy0 is down\)$/);
  });
});
