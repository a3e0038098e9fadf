import { expect } from "chai";
import { lifecycleSummary } from "../../../../cli/lifecycle-summary";
import { statusTable } from "../../../../cli/status-table";
import type { HostStack } from "../../../../operator/failover/pair-stacks";
import { refusalOfConflicts, wantedApplications } from "../../../../operator/lifecycle/declared-applications";
import type { LifecycleOutcome } from "../../../../operator/lifecycle/up-pair";
import { applicationsSchema } from "../../../../settings/applications";
import { namedHosts } from "../../../../settings/pair";
import { UserError } from "../../../../settings/user-error";
import { sampleEnvironment } from "../../components/sample";

const OUTCOME: LifecycleOutcome = {
  mode: "dry-run",
  environment: "sample",
  stacks: [],
  before: [] as unknown as LifecycleOutcome["before"],
  after: null,
  good: true,
  next: null,
};

/** Stacks of the sample's hosts with these values of one secret. */
function stacks(...values: readonly string[]): readonly HostStack[] {
  const getAllConfig = (at: number) => () =>
    Promise.resolve({ "understudy:shopPassword": { value: values[at] ?? "", secret: true } });
  return namedHosts(sampleEnvironment(2)).map(
    (host, at) => ({ host, stack: { getAllConfig: getAllConfig(at) } }) as unknown as HostStack,
  );
}

describe("the declared applications and an up", () => {
  const applications = applicationsSchema.parse({ shop: { password: "shopPassword" } });

  it("read the passwords from every stack, and nothing where none are declared", async () => {
    expect(await wantedApplications({ applications: {} }, [])).to.equal(undefined);
    const wanted = await wantedApplications({ applications }, stacks("x", "x"));
    expect([wanted?.passwords?.get("shop"), wanted?.changePasswords]).to.deep.equal(["x", false]);
    const refused = await wantedApplications({ applications }, stacks("x", "y")).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(UserError);
    expect((refused as UserError).message).to.include("not the same in the stacks primary and standby");
  });

  it("stop it where something is in their place, with exit code 3 and what to do", () => {
    expect(refusalOfConflicts([], "env.yaml")).to.equal(undefined);
    const other = refusalOfConflicts(["applications.shop.databases.shop: database shop belongs to x"], "env.yaml");
    expect(other?.exitCode).to.equal(3);
    expect(other?.message).to.include("nothing was changed. applications.shop.databases.shop: ");
    expect(other?.next).to.match(/^change env\.yaml, or what is named, then understudy up --env-config env\.yaml$/);
  });

  it("are told in the summary: made, would be made, noted, failed, and as they are", () => {
    const made = ["role shop: make it"];
    const told = (more: Partial<LifecycleOutcome>): string => lifecycleSummary("up", { ...OUTCOME, ...more }, "");
    expect(told({})).to.not.include("applications");
    expect(told({ applications: { made: [], notes: [], failure: null } })).to.include(
      "applications: as they are declared",
    );
    expect(told({ applications: { made, notes: ["a note"], failure: null } })).to.include(
      "  applications: would be made: role shop: make it\n  applications: a note\n",
    );
    const failed = told({ mode: "execute", applications: { made, notes: [], failure: "no answer" } });
    expect(failed).to.include("  applications: made: role shop: make it\n  applications: FAILED: no answer\n");
  });

  it("are told in the status", () => {
    const drift = { missing: ["not made yet: role shop"], leftOver: ["no longer declared: role x"] };
    const text = statusTable({
      readAt: "now",
      rows: [],
      applications: drift,
      good: false,
      kept: [],
      waiting: [],
      troubles: [],
    });
    expect(text).to.include("note     applications: no longer declared: role x\n");
    expect(text).to.include("problem  applications: not made yet: role shop\n         next: understudy up\n");
  });
});
