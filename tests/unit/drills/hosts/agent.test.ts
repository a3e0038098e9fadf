import { expect } from "chai";
import { PassThrough, Duplex } from "node:stream";
import { setImmediate as tick } from "node:timers/promises";
import type Docker from "dockerode";
import { only, openAgent, parseAnswer, type Agent } from "../../../../drills/hosts/agent";

describe("an answer of the agent", () => {
  it("keeps every value of a repeated key, and whatever stands after the first equals sign", () => {
    const answer = parseAnswer(["entry=a", "entry=b", "record=desc: x=1, y=2", "empty="]);
    expect([...answer]).to.deep.equal([
      ["entry", ["a", "b"]],
      ["record", ["desc: x=1, y=2"]],
      ["empty", [""]],
    ]);
  });

  it("leaves out lines of another shape", () => {
    expect(parseAnswer(["noise", "=value", ""]).size).to.equal(0);
  });

  it("has an only value, empty or not, or is refused", () => {
    const answer = parseAnswer(["state=", "entry=a", "entry=b"]);
    expect([only(answer, "state"), only(answer, "entry")]).to.deep.equal(["", "a"]);
    expect(() => only(answer, "system")).to.throw("the agent did not say system");
  });
});

/** An engine whose agent says what the test tells it, and notes what it is told. */
class FakeExec {
  readonly told: string[] = [];
  readonly said = new PassThrough();
  readonly command: string[] = [];
  readonly stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      this.told.push(chunk.toString());
      done();
    },
  });

  readonly docker = {
    getContainer: (name: string) => ({
      exec: ({ Cmd }: { Cmd: string[] }) => {
        this.command.push(name, ...Cmd);
        return Promise.resolve({ start: () => Promise.resolve(this.stream) });
      },
    }),
    modem: {
      demuxStream: (_stream: unknown, output: PassThrough) => {
        this.said.pipe(output);
      },
    },
  } as unknown as Docker;
}

async function message(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "no error",
    (error: unknown) => (error as Error).message,
  );
}

describe("a conversation with the agent", () => {
  let exec: FakeExec;
  let agent: Agent;
  beforeEach(async () => {
    exec = new FakeExec();
    agent = await openAgent(exec.docker, "host-a");
  });

  it("is held with the shipped agent in the timescaledb container", () => {
    expect(exec.command).to.deep.equal(["understudy-timescaledb", "sh", "/understudy/agent.sh"]);
  });

  it("gives each command its own answer, one after the other", async () => {
    const [first, second] = [agent.ask("status"), agent.ask("journal-list")];
    await tick();
    expect(exec.told).to.deep.equal(["status\n"]);
    exec.said.write("status=primary\nok\n");
    expect(only(await first, "status")).to.equal("primary");
    await tick();
    expect(exec.told).to.deep.equal(["status\n", "journal-list\n"]);
    exec.said.write("entry=d-1.verify\n");
    exec.said.write("entry=d-2.verify\nok\n");
    expect((await second).get("entry")).to.deep.equal(["d-1.verify", "d-2.verify"]);
  });

  it("fails in the agent's own words with the host's name, and can go on", async () => {
    const failed = agent.ask("demote 15 60");
    await tick();
    exec.said.write("half=an answer\nerror the server has not stopped within 15 s\n");
    expect(await message(failed)).to.equal("host-a: the server has not stopped within 15 s");
    const next = agent.ask("status");
    await tick();
    exec.said.write("ok\n");
    expect((await next).size).to.equal(0);
  });

  it("is given up after a silence: a late answer is never taken for the next command's", async () => {
    expect(await message(agent.ask("demote 15 60", 20))).to.equal("host-a: demote: no answer within 20 ms");
    exec.said.write("state=shut down\nok\n");
    expect(await message(agent.ask("status"))).to.match(/host-a: the session was given up after a silence/);
    expect(exec.told).to.have.length(1);
  });

  it("fails at once when the session ends, for the command that waits and every later one", async () => {
    const waiting = agent.ask("status");
    await tick();
    exec.stream.push(null);
    exec.stream.resume();
    expect(await message(waiting)).to.equal("host-a: the session ended");
    expect(await message(agent.ask("status"))).to.equal("host-a: the session ended");
  });
});
