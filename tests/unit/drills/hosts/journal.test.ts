import { expect } from "chai";
import { parseAnswer, type Agent } from "../../../../drills/hosts/agent";
import { drillsInJournal, readJournal, writeJournal } from "../../../../drills/hosts/journal";

/** An agent whose host remembers journal files as the shipped one does. */
class FakeAgent implements Agent {
  readonly files = new Map<string, string>();
  readonly asked: [command: string, timeoutMs: number | undefined][] = [];

  ask(command: string, timeoutMs?: number): ReturnType<Agent["ask"]> {
    this.asked.push([command, timeoutMs]);
    const [verb, file = "", content = ""] = command.split(" ");
    if (verb === "journal-put") this.files.set(file, content);
    const kept = this.files.get(file);
    const lines =
      verb === "journal-list"
        ? [...this.files.keys()].map((name) => `entry=${name}`)
        : verb === "journal-get" && kept !== undefined
          ? [`content=${kept}`]
          : [];
    return Promise.resolve(parseAnswer(lines));
  }

  close(): void {
    // Nothing is open.
  }
}

const DONE = { state: "done", at: "2026-11-23T10:00:00.000Z", result: { words: "grüße = \n ok" } } as const;

describe("the journal on a host", () => {
  it("gives back what was written, whatever is in it", async () => {
    const agent = new FakeAgent();
    await writeJournal(agent, "d-1", "verify", DONE);
    expect(await readJournal(agent, "d-1", "verify")).to.deep.equal(DONE);
  });

  it("is spoken of in one line that holds no space or line end of the content", async () => {
    const agent = new FakeAgent();
    await writeJournal(agent, "d-1", "verify", DONE);
    expect(agent.asked).to.have.length(1);
    expect(agent.asked[0]?.[0]).to.match(/^journal-put d-1\.verify [A-Za-z0-9+/=]+$/);
    expect(agent.asked[0]?.[1]).to.equal(30_000);
  });

  it("knows nothing of a step that never began, of another step, or of another drill", async () => {
    const agent = new FakeAgent();
    await writeJournal(agent, "d-1", "verify", DONE);
    expect(await readJournal(agent, "d-1", "precheck")).to.equal(undefined);
    expect(await readJournal(agent, "d-2", "verify")).to.equal(undefined);
  });

  it("replaces a step's beginning by its end", async () => {
    const agent = new FakeAgent();
    await writeJournal(agent, "d-1", "verify", { state: "begun", at: "2026-11-23T10:00:00.000Z" });
    await writeJournal(agent, "d-1", "verify", DONE);
    expect(await readJournal(agent, "d-1", "verify")).to.have.property("state", "done");
    expect(agent.files.size).to.equal(1);
  });

  it("lists each drill once, also one whose id holds dots", async () => {
    const agent = new FakeAgent();
    for (const [drill, step] of [
      ["d-1", "precheck"],
      ["d-1", "verify"],
      ["2026.11.23", "promote-standby"],
    ] as const) {
      await writeJournal(agent, drill, step, DONE);
    }
    expect([...(await drillsInJournal(agent))]).to.deep.equal(["d-1", "2026.11.23"]);
    expect((await drillsInJournal(new FakeAgent())).size).to.equal(0);
  });
});
