import { expect } from "chai";
import {
  comesBefore,
  DEMOTION,
  FIRST_STEP,
  LAST_STEP,
  PRECHECK,
  PROMOTION,
  STEP_NAMES,
  STEP_STATUSES,
  stepRow,
  STEPS,
  SYNC_CHECK,
  VERIFICATION,
} from "../../../settings/steps";

const KINDS = ["planned", "unplanned"] as const;

/** What the order of a drill is made of. */
interface Ordered {
  readonly name: string;
  readonly startsAfter: string | null;
  readonly waitsFor: string | null;
}

const ordered = (kind: (typeof KINDS)[number]): Ordered[] =>
  STEPS.map(({ name, [kind]: course }) => ({ name, ...course }));

/** What is wrong with an order: a step that follows a later one, or that could begin before the one before it has ended. */
function orderFaults(steps: readonly Ordered[]): string[] {
  return steps.flatMap(({ name, startsAfter, waitsFor }, at) => {
    const before = steps.slice(0, at).map((one) => one.name);
    const previous = before.at(-1) ?? null;
    return [
      ...[startsAfter, waitsFor].flatMap((one) =>
        one === null || before.includes(one) ? [] : [`${name} follows ${one}, which is not before it`],
      ),
      ...(startsAfter === null && at > 0 ? [`${name} is a second beginning`] : []),
      ...(startsAfter === previous || waitsFor === previous ? [] : [`${name} does not await ${previous ?? "nothing"}`]),
      ...(startsAfter === previous && waitsFor !== null ? [`${name} waits for what has ended`] : []),
    ];
  });
}

/** The steps in the order in which they end, as far as they come: what is started only begins when nothing is awaited. */
function played(steps: readonly Ordered[]): string[] {
  const ended: string[] = [];
  const has = (step: string | null): boolean => step === null || ended.includes(step);
  for (;;) {
    const next = steps.find((one) => !ended.includes(one.name) && has(one.startsAfter) && has(one.waitsFor));
    if (next === undefined) return ended;
    ended.push(next.name);
  }
}

describe("the table of steps", () => {
  it("has the five steps of a drill in their order", () => {
    expect(STEP_NAMES).to.deep.equal(["precheck", "backup-sync-check", "demote-primary", "promote-standby", "verify"]);
  });

  it("names each evidence key after its step", () => {
    for (const { name, evidenceKey } of STEPS) {
      expect(evidenceKey).to.equal(`STEP_${name.toUpperCase().replaceAll("-", "_")}_STATUS`);
    }
  });

  it("says each step in a sentence of its own", () => {
    expect(new Set(STEPS.map((step) => step.sentence)).size).to.equal(STEPS.length);
  });

  it("knows the five words for what became of a step", () => {
    expect(STEP_STATUSES).to.deep.equal(["passed", "failed", "skipped", "simulated", "bypassed"]);
  });

  it("has a step of its own for each role, in the order of a drill", () => {
    expect([PRECHECK, SYNC_CHECK, DEMOTION, PROMOTION, VERIFICATION]).to.deep.equal(STEP_NAMES);
    expect([FIRST_STEP, LAST_STEP]).to.deep.equal([STEP_NAMES[0], STEP_NAMES.at(-1)]);
    expect(comesBefore(DEMOTION, PROMOTION)).to.equal(true);
    for (const step of [DEMOTION, PRECHECK]) expect(comesBefore(step, DEMOTION)).to.equal(step === PRECHECK);
  });

  it("has the cutover window in one piece, from the demotion to the promotion", () => {
    const cutover = STEP_NAMES.filter((step) => stepRow(step).cutover);
    const [first, last] = [STEP_NAMES.indexOf(DEMOTION), STEP_NAMES.indexOf(PROMOTION)];
    expect(cutover).to.deep.equal(STEP_NAMES.slice(first, last + 1));
  });

  for (const kind of KINDS) {
    describe(`of a drill that is ${kind}`, () => {
      it("lets no step begin before the one before it has ended, and waits only where the engine has not", () => {
        expect(orderFaults(ordered(kind))).to.deep.equal([]);
      });

      it("comes to its end from the engine's order and its own waits alone", () => {
        expect(played(ordered(kind))).to.deep.equal(STEP_NAMES);
      });

      it("notes the beginning of every step but the first, which changes nothing", () => {
        expect(STEP_NAMES.filter((step) => stepRow(step)[kind].beginningNotedBy === "nobody")).to.deep.equal([
          FIRST_STEP,
        ]);
      });

      it("goes on after a pass, and never after an end that is none", () => {
        for (const step of STEP_NAMES) {
          const { goesOnAfter } = stepRow(step)[kind];
          expect(goesOnAfter, step).to.include("passed").and.to.not.include.members(["skipped"]);
          expect(goesOnAfter, step).to.not.include("simulated");
        }
      });
    });
  }

  it("keeps the journal of a planned demotion on the old primary, and every other on the host to be promoted", () => {
    expect(STEP_NAMES.filter((step) => stepRow(step).planned.journal === "from")).to.deep.equal([DEMOTION]);
    expect(STEP_NAMES.filter((step) => stepRow(step).unplanned.journal === "from")).to.deep.equal([]);
  });

  it("has the beginnings of a planned cutover window noted before any of it, by its first step", () => {
    const noted = STEP_NAMES.filter((step) => stepRow(step).planned.beginningNotedBy === DEMOTION);
    expect(noted).to.deep.equal(STEP_NAMES.filter((step) => stepRow(step).cutover));
  });

  it("goes on without a pass only in an unplanned drill, past its check and its demotion", () => {
    const beyondAPass = KINDS.flatMap((kind) =>
      STEP_NAMES.map((step) => [kind, step, ...stepRow(step)[kind].goesOnAfter.slice(1)]).filter(
        (one) => one.length > 2,
      ),
    );
    expect(beyondAPass).to.deep.equal([
      ["unplanned", SYNC_CHECK, "bypassed"],
      ["unplanned", DEMOTION, "failed", "bypassed"],
    ]);
  });
});

describe("an order of steps that is wrong", () => {
  const step = (name: string, startsAfter: string | null, waitsFor: string | null = null): Ordered => ({
    name,
    startsAfter,
    waitsFor,
  });
  const cases: readonly (readonly [string, readonly Ordered[], readonly string[]])[] = [
    [
      "waits for a later step, and neither ever ends",
      [step("a", null), step("b", "a", "c"), step("c", "b")],
      ["b follows c, which is not before it", "b waits for what has ended"],
    ],
    ["begins twice", [step("a", null), step("b", null)], ["b is a second beginning", "b does not await a"]],
    [
      "lets a step overtake the one before it",
      [step("a", null), step("b", "a"), step("c", "a")],
      ["c does not await b"],
    ],
    [
      "waits for what the engine has awaited",
      [step("a", null), step("b", "a"), step("c", "b", "a")],
      ["c waits for what has ended"],
    ],
  ];
  for (const [words, steps, faults] of cases) {
    it(words, () => {
      expect(orderFaults(steps)).to.deep.equal(faults);
    });
  }

  it("does not come to its end where two steps wait for each other", () => {
    expect(played(cases[0]![1])).to.deep.equal(["a"]);
  });
});
