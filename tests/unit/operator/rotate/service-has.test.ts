import { expect } from "chai";
import type { Has } from "../../../../operator/rotate/plan";
import { grafanaHas, keysHave } from "../../../../operator/rotate/service-has";
import { namedHosts, type NamedHost } from "../../../../settings/pair";
import { sampleEnvironment } from "../../components/sample";

const environment = sampleEnvironment(2);
const [host] = namedHosts(environment) as [NamedHost];

describe("what a host's own services take", () => {
  const CASES: readonly (readonly [string, string | null, Has, boolean, Has, readonly string[]])[] = [
    ["before anything has begun", "o", "old", false, "old", ["o"]],
    ["before Grafana was told", "o", "both", false, "old", ["n", "o"]],
    ["when it was told", "n", "both", false, "new", ["n"]],
    ["of restored data", "older", "old", false, "other", ["o", "n"]],
    ["of a run at work, before it was told", "o", "both", true, "old", ["n"]],
    ["of a run at work, when it was told", "n", "both", true, "new", ["n"]],
    ["where it does not answer", null, "both", false, "unknown", ["n"]],
  ];
  for (const [what, has, files, known, expected, tried] of CASES)
    it(`is ${expected} ${what}, and no more than two passwords are tried`, async () => {
      const asked: string[] = [];
      const takes = (_host: unknown, _port: number, password: string): Promise<boolean> => {
        asked.push(password);
        return has === null ? Promise.reject(new Error("silent")) : Promise.resolve(password === has);
      };
      const fresh = what.startsWith("before anything") ? null : "n";
      expect(await grafanaHas(host, environment, { values: { old: "o", fresh }, files, known }, takes)).to.equal(
        expected,
      );
      expect(asked).to.deep.equal(tried);
    });

  it("is told by the files whose passwords open a repository", () => {
    expect(keysHave(["backup", "end"], "old")).to.equal("old");
    expect(keysHave(["backup.before", "end"], "both")).to.equal("old");
    expect(keysHave(["backup", "backup.before", "end"], "both")).to.equal("both");
    expect(keysHave(["backup", "end"], "both")).to.equal("new");
    expect(keysHave(["backup", "end"], "new")).to.equal("new");
    for (const files of ["old", "new", "both", "other"] as const) expect(keysHave(["end"], files)).to.equal("other");
    expect(keysHave(["backup", "end"], "unknown")).to.equal("unknown");
  });
});
