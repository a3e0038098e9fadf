import { expect } from "chai";
import type { ContainerState } from "../../../../drills/hosts/container-state";
import { frontFinding, type FrontFacts } from "../../../../operator/doctor/front-findings";
import { viewFrom } from "../../../../settings/pair";
import { sampleEnvironment } from "../../components/sample";

const RUNS: ContainerState = {
  ...{ read: true, running: true, status: "running", health: "healthy", said: "", image: "haproxy" },
  since: "2026-11-30T00:00:00.000Z",
};
const MISSING: ContainerState = { read: false, missing: true, reason: "no such container" };
const WHOLE: FrontFacts = {
  ...{ certificates: true, closed: true, container: RUNS },
  asked: { all: 5, through: 5, answering: 5 },
};

describe("doctor: the front", () => {
  const found = (facts: Partial<FrontFacts>, hosts: 1 | 2 = 2): ReturnType<typeof frontFinding> => {
    const environment = sampleEnvironment(hosts);
    return frontFinding(viewFrom(environment, "host-a"), environment, { ...WHOLE, ...facts });
  };
  const none = { certificates: false, closed: false, container: MISSING, asked: null };

  it("says that there is none, and what that means, without certificates", () => {
    const { state, detail } = found(none);
    expect([state, detail]).to.deep.equal([
      "good",
      "none: without certificates, or with encryption: plain, its services speak plain HTTP where its ports listen",
    ]);
  });

  it("says that all is behind it, and how much of the other host answers", () => {
    expect(found({})).to.include({
      state: "good",
      detail: "what speaks HTTP listens on this host alone; 5 of 5 services of host-b answer through 203.0.113.2:9443",
    });
  });

  for (const [words, facts, says] of [
    ["that is not there yet", { container: MISSING, closed: false }, /no container/],
    ["that does not run", { container: { ...RUNS, running: false, status: "exited" } as ContainerState }, /exited/],
    ["that is not well", { container: { ...RUNS, health: "unhealthy" } as ContainerState }, /unhealthy/],
    ["beside which plain HTTP is still open", { closed: false }, /still listens/],
    [
      "past which its Prometheus asks",
      { asked: { all: 5, through: 0, answering: 0 } },
      /5 services of host-b in plain/,
    ],
    ["through which nothing answers", { asked: { all: 5, through: 5, answering: 0 } }, /no service of host-b answers/],
    ["that certificates were taken away from", { ...none, container: RUNS, closed: true }, /no certificates any more/],
  ] as const) {
    it(`names one ${words} as a problem, with what mends it`, () => {
      const finding = found(facts);
      expect(finding.state).to.equal("problem");
      expect(finding.detail).to.match(says);
      expect(finding.fix).to.match(/understudy up|docker logs/);
    });
  }

  it("is unknown where its Prometheus does not say", () => {
    expect(found({ asked: null }).state).to.equal("unknown");
  });

  it("needs none where a host stands alone, and says whether it is closed", () => {
    expect(found({ container: MISSING, asked: null }, 1)).to.include({ state: "good" });
    expect(found({ container: MISSING, asked: null, closed: false }, 1)).to.include({ state: "problem" });
  });
});
