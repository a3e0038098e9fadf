import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { sendJson } from "../../drills/hosts/http";
import { makeStandIn, type StandIn } from "../support/stand-in";
import { temporaryFolder } from "../support/temporary-folder";

interface Streams {
  readonly data: { readonly result: readonly { stream: Record<string, string>; values: [string, string][] }[] };
}

const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });

/** What a Collector sends of one container: two lines, one of a drill. */
function request(atNs: bigint): object {
  const record = (offset: bigint, words: string, attributes: readonly object[]): object => ({
    timeUnixNano: String(atNs + offset),
    body: { stringValue: words },
    severityText: "INFO",
    attributes,
  });
  const resource = {
    attributes: [
      text("service.name", "redis"),
      text("service.instance.id", "host-a"),
      text("understudy.role", "primary"),
    ],
  };
  const logRecords = [
    record(0n, "before", []),
    record(1n, "of a drill", [text("understudy.drill.id", "d1"), { key: "try", value: { intValue: "2" } }]),
  ];
  return { resourceLogs: [{ resource, scopeLogs: [{ scope: {}, logRecords }] }] };
}

describe("the stand-in for Loki, asked in OTLP", function () {
  this.timeout(180_000);
  this.slow(5000);
  const folder = temporaryFolder();
  const atNs = BigInt(Date.now()) * 1_000_000n;
  let loki: StandIn;

  before(async () => {
    loki = await makeStandIn("loki", folder(), "host-a");
    await loki.start();
  });
  after(() => loki.stop("SIGKILL"));

  async function post(body: string | Buffer, headers: Record<string, string> = {}): Promise<number> {
    const all = { "content-type": "application/json", ...headers };
    const sent = typeof body === "string" ? body : new Uint8Array(body);
    return (await fetch(`${loki.base}/otlp/v1/logs`, { method: "POST", headers: all, body: sent })).status;
  }

  async function found(query: string): Promise<Streams["data"]["result"]> {
    const page = `/loki/api/v1/query_range?query=${encodeURIComponent(query)}`;
    const answer = (await sendJson(loki.asked(`${page}&end=${String(atNs + 1_000_000_000n)}`))) as Streams;
    return answer.data.result;
  }

  const BOTH = {
    service_name: "redis",
    service_instance_id: "host-a",
    understudy_role: "primary",
    severity_text: "INFO",
  };

  async function expectBoth(): Promise<void> {
    const all = await found('{service_name="redis"}');
    expect(all).to.have.deep.members([
      { stream: BOTH, values: [[String(atNs), "before"]] },
      { stream: { ...BOTH, understudy_drill_id: "d1", try: "2" }, values: [[String(atNs + 1n), "of a drill"]] },
    ]);
  }

  it("takes lines plain and compressed, each once, however often it came", async () => {
    const body = JSON.stringify(request(atNs));
    expect(await post(body)).to.equal(204);
    expect(await post(gzipSync(body), { "content-encoding": "gzip" })).to.equal(204);
    await expectBoth();
  });

  it("makes labels of what Loki makes labels of, and metadata of the rest, which filters choose by", async () => {
    const labels = (await sendJson(loki.asked("/loki/api/v1/labels"))) as { data: string[] };
    expect(labels.data).to.deep.equal(["service_instance_id", "service_name"]);
    const drill = await found('{service_name="redis"} | understudy_drill_id="d1" | try!="3"');
    expect(drill.map(({ values }) => values)).to.deep.equal([[[String(atNs + 1n), "of a drill"]]]);
    expect(await found('{service_name="redis"} | understudy_drill_id="d2"')).to.deep.equal([]);
  });

  it("keeps metadata through SIGKILL, a flush and a start", async () => {
    await loki.stop("SIGKILL");
    await loki.start();
    await expectBoth();
    await loki.stop("SIGTERM");
    await loki.start();
    await expectBoth();
  });

  it("does not take what it does not understand, nor a line without a time", async () => {
    expect(await post("x", { "content-type": "application/x-protobuf" })).to.equal(415);
    expect(await post("{", {})).to.equal(400);
    expect(await post("not compressed", { "content-encoding": "gzip" })).to.equal(400);
    const noTime = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: "x" } }] }] }] };
    expect(await post(JSON.stringify(noTime))).to.equal(400);
    expect(await post(JSON.stringify({ resourceLogs: [] }))).to.equal(204);
  });
});
