import { expect } from "chai";
import { sessionFinding, SESSIONS } from "../../../../operator/doctor/session-findings";

describe("what doctor says of a host's ssh sessions", () => {
  const all = { opened: SESSIONS, refused: 0, silent: 0, shared: false };

  it("is good where all were let in", () => {
    expect(sessionFinding("host-a", all)).to.deep.include({ state: "good", fix: null });
  });

  it("names the number that was refused, and the settings that this machine's ssh makes count", () => {
    const refused = sessionFinding("host-a", { ...all, opened: SESSIONS - 3, refused: 3 });
    expect(refused).to.deep.include({ state: "problem" });
    expect(refused.detail).to.contain(`of ${SESSIONS} sessions at once, as an up has them, sshd refused 3`);
    expect(refused.fix).to.contain("MaxStartups").and.not.contain("MaxSessions");
    expect(sessionFinding("host-a", { ...all, refused: 1, shared: true }).fix).to.contain("MaxSessions 100");
  });

  it("is unknown where some were not answered, or none was let in", () => {
    expect(sessionFinding("host-a", { ...all, silent: 1 }).state).to.equal("unknown");
    expect(sessionFinding("host-a", { ...all, opened: 0, refused: 5 }).state).to.equal("unknown");
  });
});
