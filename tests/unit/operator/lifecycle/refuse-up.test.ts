import { expect } from "chai";
import type { Topology } from "../../../../evidence/document";
import { refusalOf, type Declaration } from "../../../../operator/lifecycle/refuse-up";
import { plannedDrill } from "../../../../settings/drill-config";
import { namedHosts, type Role } from "../../../../settings/pair";
import { sampleEnvironment } from "../../components/sample";
import { topologyOfRoles } from "../../drills/topologies";

const [hostA, hostB] = namedHosts(sampleEnvironment(2));

const rolesOf = (a: Role | "silent", b: Role | "silent"): Topology => topologyOfRoles({ "host-a": a, "host-b": b });

function declared(
  roleA: Role,
  roleB: Role,
  drillOfB?: Declaration["drill"],
  completed: readonly string[] = [],
): Declaration[] {
  return [
    { host: hostA!, role: roleA, drill: undefined, completed: new Set() },
    { host: hostB!, role: roleB, drill: drillOfB, completed: new Set(completed) },
  ];
}

describe("an up of both stacks", () => {
  it("goes on when the stores agree, and when there are none yet", () => {
    expect(refusalOf(declared("primary", "standby"), rolesOf("primary", "standby"))).to.equal(undefined);
    expect(refusalOf(declared("primary", "standby"), rolesOf("silent", "silent"))).to.equal(undefined);
  });

  it("refuses a declaration that the stores contradict, with the command that resolves it", () => {
    const refusal = refusalOf(declared("primary", "standby"), rolesOf("standby", "primary"));
    expect(refusal).to.include({ exitCode: 3 });
    expect(refusal?.message).to.include("host-a primary").and.to.include("host-b primary");
    expect(refusal?.next).to.match(/^pulumi -s /);
  });

  it("refuses to execute a drill that waits in the promoted stack's config, and names it", () => {
    const drill = plannedDrill("d-1", "execute");
    const refusal = refusalOf(declared("primary", "primary", drill), rolesOf("primary", "standby"));
    expect(refusal).to.include({ exitCode: 3 });
    expect(refusal?.message).to.include("drill d-1").and.to.include("host-b");
    expect(refusal?.next).to.include("understudy settle --execute");
  });

  it("goes on with a drill that is over, and with one that is dry", () => {
    const over = declared("standby", "primary", plannedDrill("d-1", "execute"), ["d-1"]);
    expect(refusalOf(over, rolesOf("standby", "primary"))).to.equal(undefined);
    const dry = declared("primary", "primary", plannedDrill("d-2", "dry-run"));
    expect(refusalOf(dry, rolesOf("primary", "standby"))).to.equal(undefined);
  });

  it("refuses a drill of which nothing can say whether it is over: the stores are not there, nor their journal", () => {
    const kept = declared("standby", "primary", plannedDrill("d-3", "execute"));
    const refusal = refusalOf(kept, rolesOf("silent", "silent"));
    expect(refusal).to.include({ exitCode: 3, next: "pulumi -s standby config rm understudy:drill" });
    expect(refusal?.message).to.include("drill d-3").and.to.include("host-b");
    expect(
      refusalOf(declared("standby", "primary", plannedDrill("d-3", "execute"), ["d-3"]), rolesOf("silent", "silent")),
    ).to.equal(undefined);
  });
});
