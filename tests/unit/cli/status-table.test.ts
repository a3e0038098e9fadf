import { expect } from "chai";
import { statusTable } from "../../../cli/status-table";
import { makeRow } from "../../../operator/status/make-row";
import { reading } from "../operator/health/readings";

const FACTS = { declaredRole: "primary", lag: null, detached: false, lastBackup: null, standIn: null } as const;
const AT = "2026-11-23T10:00:00.000Z";

describe("the status a person reads", () => {
  it("has a line a service and host, a dash for what is not known, and when it was read", () => {
    const rows = [makeRow(reading(), FACTS)];
    expect(
      statusTable({ readAt: AT, rows, good: true, kept: [], waiting: [], troubles: [] }).trimEnd().split("\n"),
    ).to.deep.equal([
      "HOST    SERVICE      DECLARED  OBSERVED  STATE    LAG EVENTS  BYTES  SECONDS  SINCE                 LAST BACKUP",
      "host-a  timescaledb  primary   primary   healthy  -           -      -        2026-11-23T10:00:00Z  -",
      `all well, read at ${AT}`,
    ]);
  });

  it("names every service that is no real product, once", () => {
    const standIn = "an HTTP service; not Loki";
    const rows = ["host-a", "host-b"].map((name) => {
      const one = reading({ service: "loki", store: null });
      return makeRow({ ...one, host: { ...one.host, name } }, { ...FACTS, standIn });
    });
    const text = statusTable({ readAt: AT, rows, good: true, kept: [], waiting: [], troubles: [] });
    expect(text.match(/^stand-in loki: an HTTP service; not Loki$/gm)).to.have.length(1);
  });

  it("calls a store that its boot guard holds waiting, with the guard's reason and its next command", () => {
    const reason = "held was primary, and host-b does not answer; starts after: understudy release host-a";
    const rows = [makeRow(reading({ health: { status: "unhealthy", reason } }), FACTS)];
    const text = statusTable({ readAt: AT, rows, good: false, kept: [], waiting: [], troubles: [] });
    expect(text).to.include(" WAITING ").and.not.match(/held/i);
    expect(text).to.include(
      "problem  host-a timescaledb: waiting: was primary, and host-b does not answer; starts after",
    );
    expect(rows[0]?.state).to.equal("held");
  });

  it("says in a line what a host keeps of data that it gave up", () => {
    const kept = [{ host: "host-b", salvages: 2, bytes: 220 * 1024 * 1024, since: "2026-11-23T09:00:00.000Z" }];
    expect(statusTable({ readAt: AT, rows: [], good: true, kept, waiting: [], troubles: [] })).to.include(
      "kept     host-b: 2 of data given up, 220 MiB, the oldest since 2026-11-23T09:00:00Z; understudy salvage list host-b\n",
    );
  });

  it("says each reason once, with everything it is true of and the next command", () => {
    const health = { status: "unknown", reason: "no answer" } as const;
    const container = { read: false, missing: false, reason: "no answer" } as const;
    const rows = [
      makeRow(reading({ health, container, service: "loki", store: null }), FACTS),
      makeRow(reading({ health, container, service: "tempo", store: null }), FACTS),
    ];
    const text = statusTable({ readAt: AT, rows, good: false, kept: [], waiting: [], troubles: [] });
    expect(text).to.include("UNKNOWN");
    expect(text).to.include("problem  host-a loki, host-a tempo: no answer\n         next: understudy doctor\n");
    expect(text).to.match(/NOT WELL, read at .*\n$/);
  });
});
