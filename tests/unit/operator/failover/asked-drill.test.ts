import { expect } from "chai";
import { parseDocument } from "yaml";
import { askedDrill, failoverWords } from "../../../../operator/failover/execute-drill";
import { withDrill, withRole } from "../../../../operator/failover/stack-config";
import { plannedDrill, type DrillConfig } from "../../../../settings/drill-config";

const DRILL: DrillConfig = {
  id: "d-1",
  mode: "execute",
  kind: "unplanned",
  nonce: "gate-7",
  accept_unfenced: { reason: 'rack "4" is off', operator: "sam" },
  lose_unlogged: true,
  accept_loss: { reason: "a test database", operator: "sam" },
  standing_probe: "/tmp/p.sock",
};

const config = (text: string) => ({ file: "x", text, document: parseDocument(text) });

describe("the drill that a stack's config asks for", () => {
  it("is written with the primary's role, and read again as it was; secrets and comments stay", () => {
    const before = "# ours\nconfig:\n  understudy:role: standby\n  understudy:redisPassword:\n    secure: v1:abc\n";
    const text = withDrill(config(before), DRILL);
    expect(text).to.include("# ours").and.include("secure: v1:abc").and.include("understudy:role: primary");
    expect(askedDrill(config(text))).to.deep.equal(DRILL);
  });

  it("is gone once the host is declared standby, and stays while it is declared primary", () => {
    const asked = config(withDrill(config("config:\n  understudy:redisPassword:\n    secure: v1:abc\n"), DRILL));
    expect(askedDrill(config(withRole(asked, "primary")))).to.deep.equal(DRILL);
    const standby = withRole(asked, "standby");
    expect(askedDrill(config(standby))).to.equal(undefined);
    expect(standby).to.include("understudy:role: standby").and.include("secure: v1:abc");
  });

  it("is none where there is none, or something else", () => {
    for (const text of ["", "config: {}\n", "config:\n  understudy:drill:\n    id: '!'\n"]) {
      expect(askedDrill(config(text)), text).to.equal(undefined);
    }
  });

  it("is said as the command that asks for it once more, with every term", () => {
    expect(failoverWords(plannedDrill("d-2", "execute"), "host-b")).to.equal(
      "understudy failover --execute --to host-b --drill-id d-2",
    );
    expect(failoverWords(DRILL, "host-b")).to.equal(
      'understudy failover --unplanned --execute --to host-b --drill-id d-1 --nonce gate-7 --accept-unfenced "rack \\"4\\" is off" --accept-loss "a test database" --lose-unlogged --standing-probe /tmp/p.sock',
    );
  });
});
