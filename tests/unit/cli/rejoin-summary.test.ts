import { expect } from "chai";
import { planSummary, rejoinSummary } from "../../../cli/rejoin-summary";
import { defaultReportFile } from "../../../drills/rejoin/record-rejoin";
import { rejoinReportSchema, type RejoinReport } from "../../../drills/rejoin/report";

const SALVAGE = {
  ...{ volume: "understudy-timescaledb-data", folder: "/data/salvage/name", bytes: 3 * 1024 * 1024, files: 4 },
  ...{ manifestSha256: "ab", lostEvents: 2, notListed: null, listedAll: true },
  listed: [{ run: "r", seq: 6, writtenAt: "2026-11-24T03:00:00.000000Z" }],
};

const REPORT: RejoinReport = {
  ...{ version: 1, kind: "rejoin", environment: "lab", host: "host-a", primary: "host-b", drillId: "d-7" },
  ...{ startedAt: "2026-11-24T03:00:00.000Z", finishedAt: "2026-11-24T03:00:20.000Z", success: true, failure: null },
  unprotectedUntil: "2026-11-24T03:00:20.000Z",
  timescaledb: {
    how: "rewound",
    why: "it has WAL of its own",
    diverged: { timeline: 1, fromLsn: "0/5000060", toLsn: null },
    salvage: SALVAGE,
  },
  redis: {
    ...{ how: "followed", sync: "full", sample: null },
    keys: { examined: 9, complete: true, missing: 1, listed: ["k"] },
    salvage: { ...SALVAGE, lostEvents: null, notListed: "the saved data could not be loaded" },
  },
};

describe("the summary of a return", () => {
  it("says how each store came back, what is lost, and where it is saved", () => {
    expect(
      rejoinSummary({ report: rejoinReportSchema.parse(REPORT), file: "x.json" }, { name: "prodlike" }).split("\n"),
    ).to.deep.equal([
      "DONE: host-a is a standby of host-b",
      "  drill     d-7",
      "  postgres  rewound: it has WAL of its own",
      "  diverged  timeline 1, WAL 0/5000060 to unknown",
      "  saved     2 of our own events lost; 3.0 MiB in /data/salvage/name (volume understudy-timescaledb-data); understudy salvage remove prodlike/host-a name",
      "  redis     followed, full sync; 1 of 9 keys were here only",
      "  saved     our own events not listed: the saved data could not be loaded; 3.0 MiB in /data/salvage/name (volume understudy-timescaledb-data); understudy salvage remove prodlike/host-a name",
      "  protected since 2026-11-24T03:00:20.000Z",
      "  evidence  x.json",
      "",
    ]);
  });

  it("says why it failed and what to do, and claims nothing that was not reached", () => {
    const failure = { reason: "no room", next: "understudy rejoin host-a --execute" };
    const report = { ...REPORT, success: false, failure, unprotectedUntil: null, timescaledb: null, redis: null };
    expect(rejoinSummary({ report, file: null }, { name: "prodlike" }).split("\n")).to.deep.equal([
      "FAILED: host-a did not come back as a standby of host-b",
      "  reason    no room",
      "  next      understudy rejoin host-a --execute",
      "  drill     d-7",
      "",
    ]);
  });

  it("has a file of its own by host and time", () => {
    expect(defaultReportFile("host-a", new Date("2026-11-24T03:00:00.123Z"))).to.equal(
      "docs/results/rejoin_host-a_20261124T030000Z.json",
    );
  });

  it("has it in the operator's folder where the engine works elsewhere", () => {
    expect(defaultReportFile("host-a", new Date("2026-11-24T03:00:00.123Z"), "/srv/pair")).to.equal(
      "/srv/pair/docs/results/rejoin_host-a_20261124T030000Z.json",
    );
  });
});

describe("the summary of a dry run", () => {
  const plan = { host: "host-a", primary: "host-b" };

  it("says what would be done and why, and the command that does it", () => {
    const stores = [
      { store: "timescaledb", action: "rewind", why: "it has WAL of its own" },
      { store: "redis", action: "none", why: "it follows host-b" },
    ] as const;
    expect(planSummary({ ...plan, stores }).split("\n")).to.deep.equal([
      "DRY RUN: host-a would come back as a standby of host-b; nothing was changed",
      "  postgres  would save what diverged, then rewind: it has WAL of its own",
      "  redis     nothing to do: it follows host-b",
      "  next      understudy rejoin host-a --execute",
      "",
    ]);
  });

  it("names the command that helps where a return is refused", () => {
    const next = "understudy rejoin host-a --accept-older-timeline --execute";
    const stores = [{ store: "timescaledb", action: "refuse", why: "two histories", next }] as const;
    expect(planSummary({ ...plan, stores })).to.include(`  next      ${next}\n`);
  });

  it("names no command when there is nothing to do", () => {
    const stores = [{ store: "redis", action: "none", why: "it follows host-b" }] as const;
    expect(planSummary({ ...plan, stores })).not.to.include("next");
  });
});
