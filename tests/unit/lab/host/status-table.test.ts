import { expect } from "chai";
import { type LabStatus, statusTable } from "../../../../lab/host/status";

const fine = { ok: true, reason: null };

const status = (engine: LabStatus["hosts"][number]["engine"]): LabStatus => ({
  up: engine.ok,
  folder: "/lab",
  registry: { address: "10.91.0.1:5000", ...fine },
  network: [{ name: "bridge", ...fine }],
  hosts: [
    {
      name: "host-a",
      stack: "primary",
      address: "10.91.0.11",
      replicationAddress: "10.91.0.131",
      engine,
      sshd: fine,
      disk: fine,
      containers: [{ name: "understudy-redis", state: "running", health: "healthy" }],
    },
  ],
  faults: [],
});

describe("status of the lab as a table", () => {
  it("has one line for each part and container, and a verdict", () => {
    const lines = statusTable(status(fine));
    expect(lines).to.have.length(8);
    expect(lines.join("\n")).to.contain("understudy-redis").and.not.to.contain("MISSING");
    expect(lines.at(-1)).to.equal("The lab is up.");
  });

  it("puts the reason beside what is missing, and the next command at the end", () => {
    const lines = statusTable(status({ ok: false, reason: "not running" }));
    expect(lines.filter((line) => line.includes("MISSING"))).to.have.length(1);
    expect(lines.find((line) => line.includes("MISSING"))).to.match(/engine 10\.91\.0\.11.*not running$/);
    expect(lines.at(-1)).to.contain("next: understudy lab up");
  });

  it("lists what is broken on purpose, and how to mend it", () => {
    const fault = { name: "full-disk", host: "host-a", sentence: "its disk is full" };
    const lines = statusTable({ ...status(fine), up: false, faults: [fault] });
    expect(lines.find((line) => line.includes("FAULT"))).to.match(/^host-a +full-disk +FAULT +its disk is full$/);
    expect(lines.at(-1)).to.contain("next: understudy lab heal");
  });
});
