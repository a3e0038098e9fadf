import { expect } from "chai";
import { makeRow, type RowFacts } from "../../../../operator/status/make-row";
import { reading } from "../health/readings";

const FACTS: RowFacts = { declaredRole: "primary", lag: null, detached: false, lastBackup: null, standIn: null };
const UNREAD = { read: false, missing: false, reason: "ssh ended with 255" } as const;

describe("a row of the status", () => {
  it("of a service that is well has no reason and no next command", () => {
    expect(makeRow(reading(), FACTS)).to.deep.equal({
      host: "host-a",
      service: "timescaledb",
      declaredRole: "primary",
      observedRole: "primary",
      state: "healthy",
      healthy: true,
      detail: "running, healthy",
      lagEvents: null,
      lagBytes: null,
      lagSeconds: null,
      since: "2026-11-23T10:00:00.000Z",
      lastBackup: null,
      standIn: null,
      reason: null,
      next: null,
    });
  });

  it("of a standby carries its lag in events, bytes and seconds; what is not known stays null", () => {
    const standby = reading({ store: { state: "observed", role: "standby", detail: {} } });
    const lag = { events: 0, bytes: 128, seconds: null };
    expect(makeRow(standby, { ...FACTS, declaredRole: "standby", lag })).to.include({
      ...{ lagEvents: 0, lagBytes: 128, lagSeconds: null, reason: null },
    });
  });

  it("of a store that is unprotected says since when and why, and where to look", () => {
    const row = makeRow(reading(), { ...FACTS, unprotected: "unprotected since 2026-11-23T10:00:00Z: no-standby" });
    expect(row).to.include({ reason: "unprotected since 2026-11-23T10:00:00Z: no-standby", next: "understudy doctor" });
  });

  const bad: readonly (readonly [string, Parameters<typeof reading>[0], Partial<RowFacts>, RegExp, RegExp])[] = [
    [
      "held",
      { health: { status: "unhealthy", reason: "held diverged; starts after: understudy rejoin host-a --execute" } },
      {},
      /^held diverged/,
      /^understudy rejoin host-a --execute$/,
    ],
    [
      "held, with two ways out",
      {
        health: {
          status: "unhealthy",
          reason: "held silent; starts when it answers, or after: understudy release host-a",
        },
      },
      {},
      /^held/,
      /^understudy release host-a$/,
    ],
    [
      "held where another host has taken its place",
      {
        health: {
          status: "unhealthy",
          reason: "held silent; starts when it answers, or after: understudy release host-a",
        },
      },
      { declaredRole: "standby" },
      /^held/,
      /^understudy rejoin host-a$/,
    ],
    [
      "without a container",
      { container: { ...UNREAD, missing: true }, health: { status: "unhealthy", reason: "x" } },
      {},
      /x/,
      /^understudy up$/,
    ],
    [
      "out of reach",
      { container: UNREAD, health: { status: "unknown", reason: "no answer" } },
      {},
      /no answer/,
      /^understudy doctor$/,
    ],
    [
      "not ready",
      {
        health: { status: "unhealthy", reason: "answers 503" },
        answer: { kind: "not-ready", latencyMs: 1, detail: "" },
      },
      {},
      /503/,
      /^ssh .*a\.example docker logs --tail 50 understudy-timescaledb$/,
    ],
    [
      "in another role than declared",
      {},
      { declaredRole: "standby" },
      /is primary, .*declares standby/,
      /^understudy up$/,
    ],
    [
      "in another role than declared, beyond doubt",
      {},
      { declaredRole: "standby", resolvedBy: "understudy settle --execute" },
      /is primary, .*declares standby/,
      /^understudy settle --execute$/,
    ],
    ["that does not follow", {}, { detached: true }, /does not follow its primary/, /^understudy rejoin host-a$/],
    [
      "whose backup is bad",
      {},
      { lastBackup: { finishedAt: "2026-11-23T09:00:00.000Z", problem: "checksum differs" } },
      /last backup: checksum differs/,
      /^understudy backup check$/,
    ],
  ];
  for (const [what, changes, facts, reason, next] of bad) {
    it(`of a service ${what} has its reason and the next command`, () => {
      const row = makeRow(reading(changes), { ...FACTS, ...facts });
      expect(row.reason).to.match(reason);
      expect(row.next).to.match(next);
      expect(row.detail).to.include(row.reason);
    });
  }

  it("tells held and unknown from unhealthy", () => {
    const state = (reason: string, status: "unhealthy" | "unknown") =>
      makeRow(reading({ health: { status, reason } }), FACTS).state;
    expect([state("held x", "unhealthy"), state("x", "unknown"), state("x", "unhealthy")]).to.deep.equal([
      ...["held", "unknown", "unhealthy"],
    ]);
  });
});
