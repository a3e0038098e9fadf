import { expect } from "chai";
import { parseTrial } from "../../../../drills/hosts/server-settings/trial";
import { changedNames } from "../../../../operator/settings/plan";
import { refusalOfSettings, refusedFields, type TriedSettings } from "../../../../operator/settings/try-settings";
import { environmentSchema } from "../../../../settings/environment";
import { sampleEnvironment } from "../../components/sample";

const environment = {
  ...sampleEnvironment(2),
  timescaledb: environmentSchema.shape.timescaledb.parse({ preload: ["gone"], settings: { work_mem: "eight" } }),
};
const tried = (printed: string, store: TriedSettings["store"] = "timescaledb", host = "host-b"): TriedSettings => ({
  host,
  store,
  trial: parseTrial(printed),
});

describe("a trial of settings", () => {
  it("is read from what it printed, and from nothing else", () => {
    expect(parseTrial("taken 143\n")).to.deep.equal({ kind: "taken", sharedMemoryMib: 143 });
    expect(parseTrial("taken\n")).to.deep.equal({ kind: "taken", sharedMemoryMib: null });
    expect(parseTrial("untried it has no data yet\n")).to.deep.equal({ kind: "untried", words: "it has no data yet" });
    expect(() => parseTrial("hello\n")).to.throw("something else: hello");
    expect(() => parseTrial("")).to.throw("nothing");
  });

  it("names the field and the host of what is refused, with the server's words", () => {
    const printed =
      "refused\t\tFATAL all\nrefused\twork_mem\tLOG  bad\nrefused\tshared_preload_libraries gone\tFATAL none\n";
    expect(refusedFields(environment, [tried("taken 200", "timescaledb", "host-a"), tried(printed)])).to.deep.equal([
      "timescaledb.settings.work_mem: host-b refuses it: LOG bad",
      "timescaledb.preload: gone: host-b refuses it: FATAL none",
    ]);
    expect(refusedFields(environment, [tried("refused\t\tFATAL both\n")])).to.deep.equal([
      "timescaledb.settings: host-b refuses what they are together: FATAL both",
    ]);
    expect(refusedFields(environment, [tried("refused\t\tx\nrefused\tshared_buffers\ty\n")])).to.deep.equal([
      "services.timescaledb.memory_mib: shared_buffers: host-b refuses it: y",
    ]);
    expect(refusedFields(environment, [tried("refused\t\tx\nrefused\thz\ty\n", "redis")])).to.deep.equal([
      "redis: hz: host-b refuses it: y",
    ]);
  });

  it("refuses more shared memory than the container may have", () => {
    const limit = environment.services.timescaledb.memory_mib;
    expect(refusedFields(environment, [tried(`taken ${limit}`)])).to.deep.equal([]);
    expect(refusedFields(environment, [tried(`taken ${limit + 1}`)])[0]).to.contain(`memory_mib is ${limit}`);
  });

  it("ends an `up` before it begins, with exit code 2; what could not be tried does not", () => {
    expect(refusalOfSettings(environment, [tried("untried no data"), tried("taken 9")], "env.yaml")).to.equal(
      undefined,
    );
    const refusal = refusalOfSettings(environment, [tried("refused\t\tx\nrefused\twork_mem\ty\n")], "env.yaml");
    expect(refusal?.exitCode).to.equal(2);
    expect(refusal?.message).to.contain("nothing was changed");
    expect(refusal?.next).to.contain("understudy up --env-config env.yaml");
  });
});

describe("two files of settings", () => {
  it("differ by what was added, changed and taken back", () => {
    expect(changedNames("# x\na = '1'\nb = '2'\nc = '3'\n", "a = '1'\nb = '4'\nd = '5'\n")).to.have.members([
      "b",
      "c",
      "d",
    ]);
    expect(changedNames(null, "a.b = '1'\n")).to.deep.equal(["a.b"]);
    expect(changedNames('hz "10"\n', 'hz "10"\n')).to.deep.equal([]);
  });
});
