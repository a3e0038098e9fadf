import { expect } from "chai";
import { healthReportSchema, isAllWell } from "../../../../evidence/health-report";
import { healthReportOf } from "../../../../operator/health/write-health-report";
import { reading } from "./readings";

const AT = "2026-11-23T10:00:00.000Z";
const DECLARED = { "host-a": "primary" } as const;

describe("the health report", () => {
  it("has host, role, service, status, declared role, reason, latency and time of each service", () => {
    const entries = healthReportOf([reading()], DECLARED, AT);
    expect(healthReportSchema.parse(entries)).to.deep.equal([
      {
        host: "host-a",
        role: "primary",
        service: "timescaledb",
        status: "healthy",
        declaredRole: "primary",
        reason: null,
        latencyMs: 4.2,
        readAt: AT,
      },
    ]);
    expect(isAllWell(entries)).to.equal(true);
  });

  it("gives a service without a role the one its host's stores agree on", () => {
    const [entry] = healthReportOf([reading({ service: "loki", store: null, hostRole: "standby" })], DECLARED, AT);
    expect(entry).to.include({ role: "standby", reason: "is standby, declared primary" });
  });

  it("never calls a silent service's latency zero, nor its role known", () => {
    const [entry] = healthReportOf(
      [
        reading({
          answer: { kind: "silent", refused: false, detail: "no answer" },
          store: { state: "unknown", reason: "no answer" },
          health: { status: "unknown", reason: "no answer" },
          hostRole: "unknown",
        }),
      ],
      DECLARED,
      AT,
    );
    expect(entry).to.include({ role: "unknown", status: "unknown", latencyMs: null, reason: "no answer" });
  });

  it("is not well with anything unhealthy, unknown, contradicting or unread, nor with nothing in it", () => {
    const well = (changes: Parameters<typeof reading>[0], declared: Record<string, "primary" | "standby"> = DECLARED) =>
      isAllWell(healthReportOf([reading(), reading(changes)], declared, AT));
    expect(well({})).to.equal(true);
    expect(well({ health: { status: "unhealthy", reason: "x" } })).to.equal(false);
    expect(well({ health: { status: "unknown", reason: "x" } })).to.equal(false);
    expect(well({ health: { status: "healthy", reason: "its container could not be read: x" } })).to.equal(false);
    expect(well({}, { "host-a": "standby" })).to.equal(false);
    expect(well({}, {})).to.equal(false);
    expect(isAllWell([])).to.equal(false);
  });
});
