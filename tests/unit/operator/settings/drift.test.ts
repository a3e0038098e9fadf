import { expect } from "chai";
import { settingsText } from "../../../../cli/settings";
import { judgeSettings } from "../../../../operator/doctor/settings-findings";
import { driftOf, driftWords } from "../../../../operator/settings/drift";
import { shownSettings } from "../../../../operator/settings/show-settings";
import { adoption } from "../../../../operator/settings/take-drift";
import { postgresSettingsText } from "../../../../settings/server/layers";
import { sampleEnvironment } from "../../components/sample";
import { hostSettings, postgresRead, redisRead } from "./read";

const ENVIRONMENT = sampleEnvironment(2);
const text = postgresSettingsText(ENVIRONMENT);
const asDeclared = (name: string) => hostSettings(name, { timescaledb: postgresRead(name, { text }) });
const byHand = (name: string, value = "32MB") =>
  hostSettings(name, {
    timescaledb: postgresRead(name, { text, auto: { work_mem: value } }),
    redis: redisRead(name, { differences: [{ name: "hz", running: "50", next: "10", atStart: false }] }),
  });

describe("settings that somebody set by hand", () => {
  it("are told with their value and what becomes of them", () => {
    expect(driftOf(byHand("host-a")).map(driftWords)).to.deep.equal([
      "ALTER SYSTEM has set work_mem to 32MB, which counts over what is declared",
      "CONFIG SET has set hz to 50; its next start makes it 10 again",
    ]);
    expect(driftOf(asDeclared("host-a"))).to.deep.equal([]);
    // What nobody knows to be free of secrets is not shown.
    const text = driftOf(
      hostSettings("a", { timescaledb: postgresRead("a", { auto: { archive_command: "cp hush" } }) }),
    );
    expect(text.map(driftWords).join()).to.not.contain("hush");
  });

  it("are problems of doctor, which says where the hosts differ; without them all is good", () => {
    const fine = judgeSettings(ENVIRONMENT, [asDeclared("host-a"), asDeclared("host-b")]);
    expect(fine.map(({ state, host }) => [state, host])).to.deep.equal([
      ["good", "host-a"],
      ["good", "host-b"],
    ]);
    const [first, second] = judgeSettings(ENVIRONMENT, [byHand("host-a"), asDeclared("host-b")]);
    expect(first).to.deep.include({ state: "problem", host: "host-a" });
    expect(first?.detail).to.contain("work_mem").and.to.contain("the hosts differ");
    expect(first?.fix).to.contain("understudy settings --adopt work_mem");
    expect(second?.detail).to.contain("hz");
    const alike = judgeSettings(ENVIRONMENT, [byHand("host-a"), byHand("host-b")]);
    expect(alike.filter(({ detail }) => detail.includes("differ"))).to.deep.equal([]);
  });

  it("and what waits for a start, or is not there yet, are told by doctor too; what follows from memory is no problem", () => {
    const waits = hostSettings("host-b", {
      timescaledb: postgresRead("host-b", { text, standby: true, pending: ["max_connections"] }),
    });
    expect(judgeSettings(ENVIRONMENT, [waits])[0]).to.deep.include({
      detail: "timescaledb waits to be started anew for max_connections",
      fix: "understudy up --execute",
    });
    const tuned = hostSettings("host-a", {
      timescaledb: postgresRead("host-a", { text, pending: ["shared_buffers"] }),
    });
    expect(judgeSettings(ENVIRONMENT, [tuned])[0]).to.deep.include({ state: "good" });
    expect(judgeSettings(ENVIRONMENT, [tuned])[0]?.detail).to.contain("shared_buffers of PostgreSQL at its next start");
    const before = hostSettings("host-a");
    expect(judgeSettings(ENVIRONMENT, [before])[0]?.detail).to.contain("does not have as declared: shared_buffers");
    expect(
      judgeSettings(ENVIRONMENT, [hostSettings("host-a", { timescaledb: "silent", redis: "silent" })]),
    ).to.deep.equal([]);
  });

  it("are adopted by lines of the environment file, where both hosts have them alike and they are the operator's", () => {
    const drift = driftOf(byHand("host-a")).filter(({ name }) => name === "work_mem");
    expect(adoption(drift, "env.yaml", "work_mem").lines).to.deep.equal([
      "timescaledb:",
      "  settings:",
      '    work_mem: "32MB"',
    ]);
    const other = driftOf(byHand("host-b", "1MB")).filter(({ name }) => name === "work_mem");
    expect(() => adoption([...drift, ...other], "env.yaml", "work_mem")).to.throw("host-a: 32MB, host-b: 1MB");
    const managed = driftOf(hostSettings("a", { timescaledb: postgresRead("a", { auto: { wal_level: "minimal" } }) }));
    expect(() => adoption(managed, "env.yaml", "wal_level")).to.throw("cannot be adopted");
  });
});

describe("understudy settings", () => {
  it("prints each setting with where it comes from, and what every host has", () => {
    const shown = shownSettings(ENVIRONMENT, [byHand("host-a"), asDeclared("host-b")]);
    const row = (name: string) => shown.settings.find((one) => one.name === name) ?? expect.fail(name);
    expect(row("wal_level")).to.deep.include({ value: "replica", from: "the product", takes: null });
    expect(row("shared_buffers")).to.deep.include({
      value: "250MB",
      takes: "restart",
      from: "memory limit of 1002 MiB",
    });
    expect(row("shared_buffers").running).to.deep.equal({ "host-a": "128MB", "host-b": "128MB" });
    expect(row("work_mem").from).to.match(/^memory limit of 1002 MiB, 100 connections; ALTER SYSTEM on host-a$/);
    expect(row("hz")).to.deep.include({ store: "redis", value: "10", from: "the server; CONFIG SET on host-a" });
    expect(shown.settings.filter(({ name }) => name === "shared_buffers")).to.have.length(1);
    const printed = settingsText(shown);
    expect(printed).to.contain("by hand: host-a timescaledb: ALTER SYSTEM has set work_mem to 32MB");
    expect(printed).to.match(/^SERVICE +NAME +DECLARED +FROM +TAKES +HOST-A +HOST-B$/m);
    const unread = shownSettings(ENVIRONMENT, [hostSettings("host-a", { redis: "no answer" })]);
    expect(settingsText(unread)).to.contain("not read: host-a redis: no answer");
  });
});
