import { expect } from "chai";
import type { Readiness } from "../../../../evidence/readiness";
import { planDrill, reasonToWait } from "../../../../operator/calendar/plan-drill";
import { windowsFrom } from "../../../../operator/calendar/windows";
import { exampleCalendar } from "../../../support/documentation/example-notify";
import { drillsSchema, type DrillCalendar } from "../../../../settings/drills-section";

const SUNDAYS = { windows: [{ days: ["sun"], from: "03:00", to: "05:00" }] };

const calendar = (section: object = SUNDAYS): DrillCalendar => drillsSchema.parse(section);
const at = (text: string): Date => new Date(`${text}:00.000Z`);
const begins = (section: object, now: string, most = 2): readonly string[] =>
  windowsFrom(calendar(section), at(now), most).map(({ begin }) => begin.toISOString().slice(0, 16));

function readiness(validUntil: string): Readiness {
  const rehearsal = { id: "d1", evidence: "x.env", finishedAt: "2026-11-01T04:00:00.000Z" };
  return { ready: true, reasons: [], rehearsal, validUntil: at(validUntil).toISOString() };
}
const NOT_READY: Readiness = {
  ready: false,
  reasons: ["no accepted drill is known"],
  rehearsal: null,
  validUntil: null,
};

describe("the windows of a calendar", () => {
  it("are those of its days, in UTC, from the one that is open on", () => {
    // 2026-11-29 is a Sunday.
    expect(begins(SUNDAYS, "2026-11-29T02:59")).to.deep.equal(["2026-11-29T03:00", "2026-12-06T03:00"]);
    expect(begins(SUNDAYS, "2026-11-29T04:59")).to.deep.equal(["2026-11-29T03:00", "2026-12-06T03:00"]);
    expect(begins(SUNDAYS, "2026-11-29T05:00")).to.deep.equal(["2026-12-06T03:00", "2026-12-13T03:00"]);
  });

  it("may last past midnight", () => {
    const nights = { windows: [{ days: ["sat"], from: "23:00", to: "02:00" }] };
    const [open] = windowsFrom(calendar(nights), at("2026-11-29T01:30"), 1);
    expect([open?.begin, open?.end]).to.deep.equal([at("2026-11-28T23:00"), at("2026-11-29T02:00")]);
  });

  it("are none on the days of a blackout, from its first to its last", () => {
    const quiet = {
      ...SUNDAYS,
      blackouts: [{ from: "2026-12-01", to: "2026-12-13", reason: "the shop's busy weeks" }],
    };
    expect(begins(quiet, "2026-11-29T06:00")).to.deep.equal(["2026-12-20T03:00", "2026-12-27T03:00"]);
    const night = {
      windows: [{ from: "23:00", to: "01:00" }],
      blackouts: [{ from: "2026-12-02", to: "2026-12-02", reason: "x" }],
    };
    expect(begins(night, "2026-12-01T12:00", 1), "one that would last into it").to.deep.equal(["2026-12-03T23:00"]);
    const never = { ...SUNDAYS, blackouts: [{ from: "2026-01-01", to: "2030-01-01", reason: "x" }] };
    expect(begins(never, "2026-11-29T06:00")).to.deep.equal([]);
  });

  it("of the page's example are those of a Sunday, but for the blackout", () => {
    const [first] = windowsFrom(exampleCalendar(), at("2026-12-14T00:00"), 1);
    expect(first?.begin).to.deep.equal(at("2027-01-10T03:00"));
  });

  it("are refused with the field's name where they are none", () => {
    const faults = (section: object): unknown =>
      drillsSchema.safeParse(section).error?.issues.map(({ path }) => path.join("."));
    expect(faults({ windows: [] })).to.deep.equal(["windows"]);
    expect(faults({ windows: [{ from: "3:00", to: "05:00" }] })).to.deep.equal(["windows.0.from"]);
    expect(faults({ windows: [{ from: "03:00", to: "03:00" }] })).to.deep.equal(["windows.0.to"]);
    expect(faults({ ...SUNDAYS, blackouts: [{ from: "2026-12-02", to: "2026-12-01", reason: "x" }] })).to.deep.equal([
      "blackouts.0.to",
    ]);
  });
});

describe("what is due", () => {
  const now = at("2026-11-29T04:00");

  it("is a drill while the pair is not ready", () => {
    const plan = planDrill(calendar(), NOT_READY, now);
    expect(plan).to.deep.include({ due: true, why: "the pair is NOT VERIFIED: no accepted drill is known" });
    expect(reasonToWait(plan, undefined)).to.equal(undefined);
  });

  it("is a drill in the last window before the rehearsal is too old, and none before", () => {
    expect(planDrill(calendar(), readiness("2026-12-06T03:01"), now).due).to.equal(false);
    expect(planDrill(calendar(), readiness("2026-12-06T03:00"), now).due).to.equal(true);
    const between = at("2026-11-27T00:00");
    expect(planDrill(calendar(), readiness("2026-12-06T03:01"), between)).to.deep.include({ due: false, open: null });
    expect(planDrill(calendar(), readiness("2026-12-06T03:00"), between).due).to.equal(true);
  });

  it("waits for a window, for what is due, and for the next window once it was tried", () => {
    const due = planDrill(calendar(), NOT_READY, now);
    expect(reasonToWait(due, at("2026-11-29T02:59"))).to.equal(undefined);
    expect(reasonToWait(due, at("2026-11-29T03:15"))).to.equal(
      "it was tried in this window, at 2026-11-29T03:15:00.000Z; the next one begins 2026-12-06T03:00:00.000Z",
    );
    expect(reasonToWait(planDrill(calendar(), NOT_READY, at("2026-11-30T04:00")), undefined)).to.equal(
      "no window is open: the next one begins 2026-12-06T03:00:00.000Z",
    );
    expect(reasonToWait(planDrill(calendar(), readiness("2026-12-31T00:00"), now), undefined)).to.match(
      /^nothing is due: /,
    );
  });
});
