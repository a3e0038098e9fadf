import { expect } from "chai";
import { noFacts } from "../../../../evidence/drill-facts";
import { DEMOTION } from "../../../../settings/steps";
import type { DrillRun } from "../../../../drills/engine/drill-run";
import { StepFailure, StepRecorder } from "../../../../drills/engine/step-recorder";
import { DrillClock } from "../../../../drills/hosts/clock";
import type { HostSessions } from "../../../../drills/hosts/sessions";
import { demotePrimary } from "../../../../drills/planned/demote-primary";
import { fencePrimary } from "../../../../drills/unplanned/fence-primary";
import type { UnplannedRun } from "../../../../drills/unplanned/unplanned-run";
import { sampleEnvironment } from "../../components/sample";

const ROLE = { "host-a": "role:master", "host-b": "role:slave\r\nmaster_link_status:up" } as const;

/** A host of a pair that is in order, and whether its session still holds the drill's lock: true, false or gone. */
class Host {
  readonly told: string[] = [];

  constructor(
    readonly name: keyof typeof ROLE,
    readonly lock: true | false | Error,
  ) {}

  sessions(): HostSessions {
    const query = (sql: string): Promise<unknown> => {
      if (sql.includes("pg_locks")) {
        return this.lock instanceof Error
          ? Promise.reject(this.lock)
          : Promise.resolve({ rows: [{ held: this.lock }] });
      }
      const row = {
        state: "streaming",
        receive: "0",
        replay: "0",
        seconds: "0",
        now: "x",
        newest: null,
        later: "0",
        behind: "0",
        written: "0/30000A0",
        received: "0/30000A0",
        replayed: "0/30000A0",
      };
      return Promise.resolve({ rows: [row], rowCount: 1 });
    };
    const command = (...words: string[]): Promise<unknown> => {
      this.told.push(words.join(" "));
      const offset = "master_repl_offset:5\r\nslave_repl_offset:5";
      return Promise.resolve(words[0] === "INFO" ? `${ROLE[this.name]}\r\n${offset}\r\n` : []);
    };
    const ask = (line: string): Promise<ReadonlyMap<string, string[]>> => {
      this.told.push(line.split(" ", 1)[0] ?? "");
      return Promise.resolve(new Map());
    };
    return { host: { name: this.name }, sql: { query }, redis: { command }, agent: { ask } } as unknown as HostSessions;
  }
}

const recorder = (): StepRecorder => new StepRecorder(DEMOTION, "d-1", DrillClock.start());

async function failureOf(work: Promise<unknown>): Promise<StepFailure> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof StepFailure) return failure;
  return expect.fail(`no failure of a step: ${String(failure)}`);
}

describe("a drill whose lock is lost", () => {
  for (const [what, from, to, named] of [
    ["the host to be promoted has given up", true, false, "host-b"],
    ["the host to be promoted has ended with its session", true, new Error("Connection terminated"), "host-b"],
    ["the old primary has given up", false, true, "host-a"],
  ] as const) {
    it(`which ${what} ends before anything is stopped, and undoes what it had armed`, async () => {
      const [old, standby] = [new Host("host-a", from), new Host("host-b", to)];
      const run = {
        ...{ from: old.sessions(), to: standby.sessions(), request: { id: "d-1" }, facts: noFacts() },
        ...{ environment: sampleEnvironment(2), calledOff: false },
      } as unknown as DrillRun;
      const { failure } = await failureOf(demotePrimary(run, recorder()));
      expect(failure).to.include({ host: named, undone: "nothing was stopped on host-a" });
      expect(failure.reason).to.include("the drill's lock is lost");
      for (const { told } of [old, standby]) {
        expect(told).to.not.include("demote");
        const pings = told.filter((one) => one.startsWith("CONFIG SET repl-ping"));
        expect(pings.at(-1)).to.match(/^CONFIG SET \S+ (?!3600)\d+$/);
      }
    });
  }

  it("ends before anything is fenced", async () => {
    const run = { to: new Host("host-b", false).sessions(), facts: noFacts() } as unknown as UnplannedRun;
    const { failure } = await failureOf(fencePrimary(run, recorder()));
    expect(failure).to.include({ host: "host-b", undone: "nothing was fenced" });
  });
});
