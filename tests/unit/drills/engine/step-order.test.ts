import { expect } from "chai";
import { openDrill, type DrillKind } from "../../../../drills/engine/drill-kind";
import { noTurns, type RunState, type StepReturn } from "../../../../drills/engine/drill-run";
import { runStep } from "../../../../drills/engine/run-step";
import { StepFailure } from "../../../../drills/engine/step-recorder";
import type { Agent } from "../../../../drills/hosts/agent";
import { noFacts, type StepEnding } from "../../../../evidence/drill-facts";
import type { DrillRequest } from "../../../../evidence/drill-request";
import { STEP_NAMES, stepRow, type StepName } from "../../../../settings/steps";
import { sampleEnvironment } from "../../components/sample";

type Kind = DrillRequest["kind"];
type Act = () => StepEnding | undefined;

const FAILURE = { reason: "broken on purpose", host: null, next: "x", undone: null };
const CREDENTIALS = { postgres: "a", replication: "b", redis: "c", grafana: "d", backup: "e" };
let drills = 0;

/** The agent of a host that keeps a journal, and nothing else. */
function journalOf(host: string, log: string[]): Agent {
  return {
    ask: (command) => {
      const [verb, entry = "", content = ""] = command.split(" ");
      if (verb === "journal-put") {
        const { state } = JSON.parse(Buffer.from(content, "base64").toString("utf8")) as { state: string };
        log.push(`${host}: ${entry.slice(entry.indexOf(".") + 1)} ${state}`);
      }
      return Promise.resolve(new Map());
    },
    close: () => undefined,
  };
}

/** Runs a drill without hosts as the engine does: a step starts when the one that the table names has ended. */
async function play(kind: Kind, acts: Partial<Record<StepName, Act>> = {}) {
  const ran: string[] = [];
  const journal: string[] = [];
  drills += 1;
  const request: DrillRequest = {
    ...{ id: `played-${drills}`, mode: "execute", kind, nonce: "", environmentFile: "none.yaml" },
    ...{ fromHost: "host-a", toHost: "host-b" },
  };
  const steps = Object.fromEntries(
    STEP_NAMES.map((step) => [
      step,
      async () => {
        ran.push(`${step} begins`);
        await new Promise((resolve) => setTimeout(resolve, 2));
        ran.push(`${step} ends`);
        return acts[step]?.();
      },
    ]),
  ) as unknown as DrillKind<Kind, RunState>["steps"];
  const agents = { from: journalOf("from", journal), to: journalOf("to", journal) };
  const fake: DrillKind<Kind, RunState> = {
    ...{ kind, steps, agents: () => agents },
    open: (input, clock) =>
      Promise.resolve({
        ...{ request, environment: sampleEnvironment(2), credentials: input.credentials, clock },
        to: { host: { name: "host-b" } } as RunState["to"],
        ...{ facts: noFacts(), probe: undefined, pendingWrites: [], turns: noTurns(), waiting: new Set<StepName>() },
        ...{ calledOff: false, busySteps: 0, idleTimer: undefined },
      }),
    close: () => undefined,
    afterFailure: () => Promise.resolve(),
    interrupted: () => Promise.resolve(undefined),
  };
  const ends = new Map<StepName, Promise<StepReturn>>();
  for (const step of STEP_NAMES) {
    const before = stepRow(step)[kind].startsAfter;
    const started = before === null ? Promise.resolve(null) : ends.get(before)!;
    ends.set(
      step,
      started.then((previous) =>
        runStep({ step, request, previous, credentials: CREDENTIALS }, (input, clock) => openDrill(fake, input, clock)),
      ),
    );
  }
  for (const [step, end] of ends) void end.then(() => ran.push(`engine hears of ${step}`));
  const returned = await Promise.all(ends.values());
  return { ran, journal, statuses: returned.map(({ result }) => result.status) };
}

describe("the end of a step", () => {
  type Steps<K extends Kind> = DrillKind<K, RunState>["steps"];

  it("is one that the table lets the drill go on after: the compiler refuses any other", () => {
    const bypassing = () => Promise.resolve({ status: "bypassed" } as const);
    const unplanned: Partial<Steps<"unplanned">> = { "demote-primary": bypassing, "backup-sync-check": bypassing };
    // @ts-expect-error -- in a planned drill nothing is bypassed
    const planned: Partial<Steps<"planned">> = { "demote-primary": bypassing };
    // @ts-expect-error -- an unplanned drill promotes, or it fails
    const promotion: Partial<Steps<"unplanned">> = { "promote-standby": bypassing };
    expect([unplanned, planned, promotion].map((one) => Object.keys(one).length)).to.deep.equal([2, 1, 1]);
  });
});

for (const kind of ["planned", "unplanned"] as const) {
  describe(`the runner of a drill that is ${kind}`, () => {
    it("runs the steps one after the other, whatever the engine has started early", async () => {
      const { ran, statuses } = await play(kind);
      const steps = ran.filter((one) => !one.startsWith("engine"));
      expect(steps).to.deep.equal(STEP_NAMES.flatMap((step) => [`${step} begins`, `${step} ends`]));
      expect(statuses).to.deep.equal(STEP_NAMES.map(() => "passed"));
    });

    it("keeps the engine from its work on the demotion until the promotion has ended, and not the journal", async () => {
      const { ran, journal } = await play(kind);
      const at = (what: string): number => ran.indexOf(what);
      expect(at("engine hears of demote-primary")).to.be.greaterThan(at("promote-standby ends"));
      expect(at("engine hears of demote-primary")).to.be.greaterThan(-1);
      const done = (step: StepName): number => journal.findIndex((one) => one.endsWith(`${step} done`));
      expect(done("demote-primary")).to.be.within(0, done("promote-standby") - 1);
    });

    it("tells the engine of the demotion also where the promotion fails", async () => {
      const { ran } = await play(kind, {
        "promote-standby": () => {
          throw new StepFailure(FAILURE);
        },
      });
      expect(ran).to.include.members(["engine hears of demote-primary", "engine hears of promote-standby"]);
    });

    for (const [at, step] of STEP_NAMES.entries()) {
      it(`skips every step after a ${step} that failed`, async () => {
        const { ran, statuses } = await play(kind, {
          [step]: () => {
            throw new StepFailure(FAILURE);
          },
        });
        expect(statuses).to.deep.equal(
          STEP_NAMES.map((_, one) => (one < at ? "passed" : one === at ? "failed" : "skipped")),
        );
        expect(ran.filter((one) => !one.startsWith("engine")).at(-1)).to.equal(`${step} ends`);
      });

      it(`goes on after those ends of ${step} that the table names`, async () => {
        for (const ending of [{ status: "bypassed" }, { status: "failed", failure: FAILURE }] as const) {
          const { statuses } = await play(kind, { [step]: () => ending });
          const later = stepRow(step)[kind].goesOnAfter.includes(ending.status) ? "passed" : "skipped";
          expect(statuses.slice(at), ending.status).to.deep.equal([
            ending.status,
            ...STEP_NAMES.slice(at + 1).map(() => later),
          ]);
        }
      });
    }
  });
}

describe("the journal of a drill", () => {
  const entries = (journal: readonly string[], state: string): string[] => journal.filter((one) => one.endsWith(state));

  it("has every end, of a planned demotion on the old primary and of all others on the host to be promoted", async () => {
    expect(entries((await play("planned")).journal, "done")).to.deep.equal([
      "to: precheck done",
      "to: backup-sync-check done",
      "from: demote-primary done",
      "to: promote-standby done",
      "to: verify done",
    ]);
    expect(entries((await play("unplanned")).journal, "done")).to.deep.equal(
      STEP_NAMES.map((step) => `to: ${step} done`),
    );
  });

  it("has from the runner the beginnings that no step notes by itself", async () => {
    expect(entries((await play("planned")).journal, "begun")).to.deep.equal([
      "to: backup-sync-check begun",
      "to: verify begun",
    ]);
    expect(entries((await play("unplanned")).journal, "begun")).to.deep.equal(
      STEP_NAMES.slice(1).map((step) => `to: ${step} begun`),
    );
  });
});
