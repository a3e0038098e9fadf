import { readdirSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { sendJson } from "../../drills/hosts/http";
import { LINES_FOLDER, sendLines } from "../../operator/logs/send-lines";
import type { EndedVerb, LokiDoor } from "../../operator/logs/verb-lines";
import { makeStandIn, type StandIn } from "../support/stand-in";
import { temporaryFolder } from "../support/temporary-folder";

const ENDED: EndedVerb = {
  ...{ verb: "switchover", exitCode: 0, drillId: "20261201t100000z-one" },
  lines: [{ atMs: Date.now(), text: "precheck: passed in 1.2 s" }],
};

describe("the lines of a verb", function () {
  this.timeout(180_000);
  this.slow(5000);
  const folder = temporaryFolder();
  let lokis: readonly [StandIn, StandIn];
  let doors: readonly LokiDoor[];
  const said: string[] = [];

  before(async () => {
    lokis = [await makeStandIn("loki", folder(), "host-a"), await makeStandIn("loki", folder(), "host-b")];
    doors = lokis.map(({ host, base }) => ({
      host: { name: host.name, address: "127.0.0.1" },
      port: Number(new URL(base).port),
    }));
    await lokis[0].start();
  });
  after(() => Promise.all(lokis.map((one) => one.stop("SIGKILL"))));

  async function found(loki: StandIn): Promise<readonly string[]> {
    const query = encodeURIComponent(`{service="understudy"} | drill="${ENDED.drillId ?? ""}" | verb="switchover"`);
    const end = String(BigInt(Date.now() + 60_000) * 1_000_000n);
    const answer = (await sendJson(loki.asked(`/loki/api/v1/query_range?query=${query}&end=${end}&limit=50`))) as {
      data: { result: readonly { stream: Record<string, string>; values: readonly [string, string][] }[] };
    };
    return answer.data.result.flatMap(({ stream, values }) =>
      values.map(([, text]) => `${stream["host"] ?? ""}: ${text}`),
    );
  }

  const waiting = (host: string): readonly string[] => readdirSync(path.join(folder(), "results", LINES_FOLDER, host));

  it("are read back by the drill's id from a Loki that runs, and wait on disk for one that is down", async () => {
    await sendLines(path.join(folder(), "results"), ENDED, doors, (words) => said.push(words), Date.now(), 2000);
    expect(await found(lokis[0])).to.have.members([
      ...["operator: precheck: passed in 1.2 s", "operator: switchover ended with exit code 0"],
    ]);
    expect(waiting("host-a")).to.deep.equal([]);
    expect(waiting("host-b")).to.have.length(1);
    expect(said.join()).to.include("wait for Loki of host-b");
  });

  it("that waited are sent by the next verb, once", async () => {
    await lokis[1].start();
    const next = { ...ENDED, verb: "health", drillId: null, lines: [] };
    await sendLines(path.join(folder(), "results"), next, doors, (words) => said.push(words), Date.now(), 5000);
    expect(waiting("host-b")).to.deep.equal([]);
    expect(await found(lokis[1])).to.have.length(2);
  });
});
