import { expect } from "chai";
import type { Diagnosis } from "../../operator/doctor/doctor";
import type { PairStatus } from "../../operator/status/pair-status";
import { exampleSection } from "../support/documentation/example-applications";
import { labApplications } from "../support/lab-applications";

describe("the applications that the page on configuration declares, there and back, and no longer", function () {
  this.timeout(300_000);
  const applications = labApplications();

  before(async () => {
    await applications.up("--execute");
    await applications.everyOne(1);
  });

  it("are the same after a switchover and back, on both hosts, and nothing is made again", async () => {
    await applications.afterASwitchover(2);
    await applications.afterASwitchover(3);
  });

  it("are named with what they own once they are no longer declared, and stay", async () => {
    const { shop, ...others } = exampleSection() as Record<string, unknown>;
    expect(shop).to.be.an("object");
    applications.declare(others);
    const words = /no longer declared: role shop owns database shop, \d+ objects? in shop; it is not dropped/;
    const { findings } = JSON.parse((await applications.verb("doctor")).stdout) as Diagnosis;
    const found = findings.filter(({ check }) => check === "applications").map(({ detail }) => detail);
    expect(found.join("\n")).to.match(words);
    const status = JSON.parse((await applications.verb("status")).stdout) as PairStatus;
    expect(status.applications?.leftOver.join("\n")).to.match(words);
    expect((await applications.up("--execute")).applications.notes.join("\n")).to.match(words);
    await applications.as("shop", "shop", (client) => client.query("select 1"));
    applications.declare(exampleSection());
  });
});
