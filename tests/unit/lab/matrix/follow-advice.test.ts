import { expect } from "chai";
import { followAdvice, type OperatorsDesk } from "../../../../lab/matrix/follow-advice";
import type { StatusRow } from "../../../../operator/status/status-row";

const quiet = (): void => undefined;
type Answer = readonly [code: number | null, output?: string];

/** A pair that the last of `mends` makes whole; its status names `advises` until then. */
function pair(advises: readonly string[], mends: string | undefined, answers: Readonly<Record<string, Answer>> = {}) {
  const ran: string[] = [];
  const row = (next: string): StatusRow => ({ host: "host-b", service: "redis", reason: "held", next }) as StatusRow;
  const desk: OperatorsDesk = {
    lookMs: 1,
    wholeMs: 300,
    status: () => {
      const good = mends === undefined || ran.includes(mends);
      return Promise.resolve({ good, rows: good ? [] : advises.map(row) });
    },
    run: (command) => {
      ran.push(command);
      const [code, output = ""] = answers[command] ?? [0];
      return Promise.resolve({ code, output });
    },
  };
  return { desk, ran };
}

describe("advice that is followed", () => {
  it("is none where all is well", async () => {
    const { desk } = pair([], undefined);
    expect(await followAdvice(desk, "DONE d-1", quiet)).to.deep.equal({ ran: [], worked: true, left: null });
  });

  it("is the drill's first, then the status', and what their commands name", async () => {
    const { desk } = pair(["understudy rejoin host-b"], "understudy rejoin host-b --execute", {
      "understudy failover --to host-a": [3, "error: no\nnext: understudy status"],
      "understudy rejoin host-b": [0, "  next      understudy rejoin host-b --execute"],
      "understudy status": [1, "next: understudy doctor"],
    });
    const { ran, worked } = await followAdvice(desk, "  next      understudy failover --to host-a", quiet);
    expect(worked).to.equal(true);
    expect(ran).to.deep.equal([
      { by: "drill", command: "understudy failover --to host-a", exitCode: 3 },
      { by: "command", command: "understudy status", exitCode: 1 },
      { by: "status", command: "understudy rejoin host-b", exitCode: 0 },
      { by: "command", command: "understudy rejoin host-b --execute", exitCode: 0 },
    ]);
  });

  it("did not work where the same command is named again and again, or ends in no time", async () => {
    const { desk } = pair(["understudy up"], "never", { "understudy up": [null] });
    const { ran, worked, left } = await followAdvice(desk, "", quiet);
    expect([worked, left]).to.deep.equal([false, "host-b redis: held"]);
    expect(ran.map(({ command, exitCode }) => [command, exitCode])).to.deep.equal([
      ["understudy up", null],
      ["understudy up", null],
    ]);
  });

  it("is taken in turn where the status names several, and looks closer where it only says where to look", async () => {
    const several = pair(["understudy release host-a", "understudy rejoin host-b"], "understudy rejoin host-b");
    expect((await followAdvice(several.desk, "", quiet)).worked).to.equal(true);
    expect(several.ran).to.deep.equal(["understudy release host-a", "understudy rejoin host-b"]);

    const closer = pair(["understudy doctor", "ssh host-b docker logs x"], "understudy settle --execute", {
      "understudy doctor": [1, "PROBLEM  stack  locked\n         fix: understudy settle --execute"],
    });
    expect((await followAdvice(closer.desk, "", quiet)).worked).to.equal(true);
    expect(closer.ran).to.deep.equal(["understudy doctor", "understudy settle --execute"]);
  });

  it("did not work where nothing is named, or the status cannot be read", async () => {
    const { desk } = pair([""], "never");
    expect((await followAdvice({ ...desk, wholeMs: 20 }, "", quiet)).left).to.equal("host-b redis: held");
    const dead = { ...desk, wholeMs: 20, status: () => Promise.reject(new Error("no stack")) };
    expect(await followAdvice(dead, "", quiet)).to.deep.equal({ ran: [], worked: false, left: "no stack" });
  });
});
