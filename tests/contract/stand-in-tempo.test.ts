import { cpSync, globSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { spansOfTraces } from "../../drills/services/backup/content/service-units";
import { spans } from "../../drills/services/canary/spans";
import { send } from "../../drills/hosts/http";
import { makeStandIn, type StandIn } from "../support/stand-in";
import { temporaryFolder } from "../support/temporary-folder";

const TIMEOUT_MS = 5000;
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const sorted = (found: readonly number[]): number[] => [...found].sort((left, right) => left - right);

describe("the stand-in for Tempo", function () {
  this.timeout(180_000);
  this.slow(5000);
  const folder = temporaryFolder();
  const canary = spans({ drillId: "contract", timeoutMs: TIMEOUT_MS });
  let here: StandIn;
  let there: StandIn;

  before(async () => {
    here = await makeStandIn("tempo", folder(), "host-a");
    there = await makeStandIn("tempo", folder(), "host-b");
    await here.start();
  });
  afterEach(() => there.stop("SIGKILL"));
  after(() => here.stop("SIGKILL"));

  const filesOf = (of: StandIn, part: string): string[] =>
    globSync(`${part}/**`, { cwd: of.folder, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => one.name)
      .sort();

  const get = (page: string, of = here): Promise<string> => send(of.asked(page));

  async function written(from: number, to: number, into = here): Promise<void> {
    for (const number of numbers(from, to)) await canary.write(number, into.host);
  }

  async function post(type: string, body: string): Promise<number> {
    const url = `http://127.0.0.1:${here.host.ports.otlp_http}/v1/traces`;
    return (await fetch(url, { method: "POST", headers: { "content-type": type }, body })).status;
  }

  const liveTraces = async (): Promise<number> =>
    Number(/^tempo_ingester_live_traces\{.*\} (\d+)$/m.exec(await get("/metrics"))?.[1]);

  it("says in every answer that it is one, of what listens on either port", async () => {
    for (const base of [here.base, `http://127.0.0.1:${here.host.ports.otlp_http}`])
      expect((await fetch(`${base}/ready`)).headers.get("understudy-stand-in")).to.equal("Tempo");
    expect(await get("/api/echo")).to.equal("echo");
  });

  it("gives every span of the canary back, once, however often it was sent", async () => {
    expect(await canary.readBack(here.host), "none is not found").to.deep.equal([]);
    await written(1, 5);
    await written(1, 5);
    expect(sorted(await canary.readBack(here.host))).to.deep.equal(numbers(1, 5));
  });

  it("takes OTLP in JSON as well, and keeps all of a span", async () => {
    const attributes = [{ key: "size", value: { intValue: "9007199254740993" } }];
    const span = { traceId: TRACE, spanId: "00f067aa0ba902b7", name: "by hand", kind: 2, attributes };
    const resource = { attributes: [{ key: "service.name", value: { stringValue: "contract" } }] };
    const sent = { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "s" }, spans: [span] }] }] };
    expect(await post("application/json", JSON.stringify(sent))).to.equal(200);
    const ids = { traceId: "CvdlGRbNQ92ESOshHIAxnA==", spanId: "APBnqgupArc=" };
    expect(JSON.parse(await get(`/api/traces/${TRACE}`))).to.deep.equal({
      batches: [
        {
          resource,
          scopeSpans: [{ scope: { name: "s" }, spans: [{ ...span, ...ids, kind: "SPAN_KIND_SERVER" }] }],
        },
      ],
    });
    expect(await spansOfTraces(get, [TRACE])).to.deep.equal([`${TRACE} ${ids.spanId}`]);
  });

  it("does not take, or look up, what it does not understand", async () => {
    const span = (traceId: string): string =>
      JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId, spanId: "00f067aa0ba902b7" }] }] }] });
    expect(await post("text/plain", "x")).to.equal(415);
    expect(await post("application/x-protobuf", "\x0a\x7f")).to.equal(400);
    for (const traceId of ["", "0".repeat(32), "0af7", "none"])
      expect(await post("application/json", span(traceId)), traceId).to.equal(400);
    expect((await fetch(`${here.base}/api/traces/nothing`)).status).to.equal(400);
    expect((await fetch(`${here.base}/api/traces/1`)).status).to.equal(404);
  });

  it("keeps acknowledged spans in its write-ahead log until a flush, and loses none to SIGKILL", async () => {
    expect(filesOf(here, "wal")).to.have.length(1);
    expect(filesOf(here, "blocks")).to.deep.equal([]);
    expect(await liveTraces()).to.equal(2);
    await here.stop("SIGKILL");
    await here.start();
    await written(6, 8);
    expect(sorted(await canary.readBack(here.host))).to.deep.equal(numbers(1, 8));
    await get("/flush");
    expect(await liveTraces()).to.equal(0);
    expect(filesOf(here, "wal")).to.deep.equal([]);
    expect(filesOf(here, "blocks")).to.deep.equal(["data.json", "meta.json"]);
    expect(sorted(await canary.readBack(here.host))).to.deep.equal(numbers(1, 8));
  });

  it("joins another host's blocks and write-ahead log with its own by their names", async () => {
    await written(9, 10);
    await here.stop("SIGKILL");
    await there.start();
    await written(10, 12, there);
    await there.stop("SIGTERM");
    for (const part of ["blocks", "wal"])
      cpSync(path.join(here.folder, part), path.join(there.folder, part), { recursive: true });
    await there.start();
    expect(sorted(await canary.readBack(there.host))).to.deep.equal(numbers(1, 12));
    await there.stop("SIGTERM");
    expect(filesOf(there, "wal"), "what came with the log is in a block now").to.deep.equal([]);
    await here.start();
  });

  it("writes everything out at a shutdown, says so, and takes nothing after it", async () => {
    await written(13, 13);
    await send({ ...here.asked("/shutdown"), method: "POST" });
    const answer = await fetch(`${here.base}/ready`);
    expect(answer.status).to.equal(503);
    expect(await answer.text()).to.include("Terminated");
    expect(filesOf(here, "wal")).to.deep.equal([]);
    expect(await written(14, 14).catch(String)).to.include("answers 503");
    expect(await here.stop("SIGTERM")).to.be.below(1000);
    await here.start();
    expect(sorted(await canary.readBack(here.host))).to.deep.equal([...numbers(1, 10), 13]);
  });
});
