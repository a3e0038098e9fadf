import { appendFileSync, cpSync, globSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { newestLogLines } from "../../drills/services/backup/content/service-units";
import type { Get } from "../../drills/services/backup/content/content";
import { logLines } from "../../drills/services/canary/log-lines";
import { counterSum } from "../../drills/services/canary/alerts";
import { send } from "../../drills/hosts/http";
import { makeStandIn, type StandIn } from "../support/stand-in";
import { temporaryFolder } from "../support/temporary-folder";

const TIMEOUT_MS = 5000;
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const sorted = (found: readonly number[]): number[] => [...found].sort((left, right) => left - right);

describe("the stand-in for Loki", function () {
  this.timeout(180_000);
  this.slow(5000);
  const folder = temporaryFolder();
  const lines = logLines({ drillId: "contract", timeoutMs: TIMEOUT_MS });
  let here: StandIn;
  let there: StandIn;

  before(async () => {
    here = await makeStandIn("loki", folder(), "host-a");
    there = await makeStandIn("loki", folder(), "host-b");
    await here.start();
  });
  afterEach(() => there.stop("SIGKILL"));
  after(() => here.stop("SIGKILL"));

  const filesOf = (of: StandIn, part: string): string[] =>
    globSync(`${part}/**`, { cwd: of.folder, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => path.relative(of.folder, path.join(one.parentPath, one.name)));

  const flush = (of: StandIn): Promise<string> => send({ ...of.asked("/flush"), method: "POST" });

  async function written(from: number, to: number, into = here): Promise<void> {
    for (const number of numbers(from, to)) await lines.write(number, into.host);
  }

  async function post(type: string, body: string): Promise<number> {
    const headers = { "content-type": type };
    return (await fetch(`${here.base}/loki/api/v1/push`, { method: "POST", headers, body })).status;
  }

  const asked = async (query: string, rest = ""): Promise<number> =>
    (await fetch(`${here.base}/loki/api/v1/query_range?query=${encodeURIComponent(query)}${rest}`)).status;

  it("says in every answer that it is one", async () => {
    for (const page of ["/ready", "/metrics", "/loki/api/v1/labels", "/nothing"]) {
      const { headers } = await fetch(`${here.base}${page}`);
      expect(headers.get("understudy-stand-in"), page).to.equal("Loki");
    }
  });

  it("gives every line of the canary back, once, however often it was sent", async () => {
    await written(1, 5);
    await written(1, 5);
    expect(sorted(await lines.readBack(here.host))).to.deep.equal(numbers(1, 5));
    const metrics = await send(here.asked("/metrics"));
    expect(counterSum(metrics, "loki_distributor_lines_received_total", {})).to.equal(10);
  });

  it("keeps acknowledged lines in its write-ahead log until a flush, and loses none to SIGKILL", async () => {
    expect(filesOf(here, "wal")).to.have.length(1);
    expect(filesOf(here, "chunks")).to.deep.equal([]);
    await here.stop("SIGKILL");
    await here.start();
    await written(6, 8);
    expect(sorted(await lines.readBack(here.host))).to.deep.equal(numbers(1, 8));
  });

  it("takes what was being written when it was killed for never acknowledged, and goes on", async () => {
    await here.stop("SIGKILL");
    for (const file of filesOf(here, "wal")) appendFileSync(path.join(here.folder, file), "\0\0\0\x09torn");
    await here.start();
    await written(9, 9);
    await here.stop("SIGKILL");
    await here.start();
    expect(sorted(await lines.readBack(here.host))).to.deep.equal(numbers(1, 9));
  });

  it("moves them to chunks when it is told to flush, and when it is told to stop", async () => {
    await flush(here);
    expect(filesOf(here, "wal")).to.deep.equal([]);
    expect(filesOf(here, "chunks")).to.have.length(1);
    await written(10, 12);
    await here.stop("SIGTERM");
    expect(filesOf(here, "wal")).to.deep.equal([]);
    expect(filesOf(here, "chunks")).to.have.length(2);
    await here.start();
    expect(sorted(await lines.readBack(here.host))).to.deep.equal(numbers(1, 12));
  });

  it("joins another host's chunks with its own by their names, lines that both have included", async () => {
    await there.start();
    await written(11, 14, there);
    await there.stop("SIGTERM");
    cpSync(path.join(here.folder, "chunks"), path.join(there.folder, "chunks"), { recursive: true });
    await there.start();
    expect(sorted(await lines.readBack(there.host))).to.deep.equal(numbers(1, 14));
  });

  it("shows a backup's reader the newest lines of every stream, up to as many as it asks for", async () => {
    const get: Get = (page) => send(here.asked(page));
    const stretch = { from: Date.now() - 3_600_000, until: Date.now() + 1000 };
    await post("application/json", JSON.stringify({ streams: [{ stream: { other: "x" }, values: [["1", "old"]] }] }));
    expect(await newestLogLines(get, stretch)).to.have.length(12);
    expect((await newestLogLines(get, stretch, 3)).map((one) => one.split(" ").at(-1))).to.deep.equal([
      "12",
      "11",
      "10",
    ]);
    expect(JSON.parse(await get("/loki/api/v1/label/job/values"))).to.deep.include({ data: ["understudy-canary"] });
  });

  it("does not take, or answer, what it does not understand", async () => {
    const push = (stream: unknown, values: unknown): string => JSON.stringify({ streams: [{ stream, values }] });
    expect(await post("application/x-protobuf", "")).to.equal(415);
    expect(await post("application/json", push({}, [["1", "no label"]]))).to.equal(400);
    expect(await post("application/json", push({ a: "b" }, [["now", "no time"]]))).to.equal(400);
    expect(await post("application/json", push({ a: "b" }, [["1", "kept by nobody", { user: "x" }]]))).to.equal(400);
    for (const query of ["", 'rate({a="b"}[1m])', '{a="b"} |= "x"', "{}", '{a=~".*"}', '{a=~"("}', "{a=b}"])
      expect(await asked(query), query).to.equal(400);
    expect(await asked('{a="b"}', "&limit=5001")).to.equal(400);
    for (const query of ['{a="b"}', '{a!=`b`,c=~"x|y"}', '{ a !~ "b", c = "d" }'])
      expect(await asked(query), query).to.equal(200);
  });
});
