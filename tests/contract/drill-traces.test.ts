import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { send, sendJson } from "../../drills/hosts/http";
import { spanTreeOf } from "../../evidence/trace/span-tree";
import { traceIdOf } from "../../evidence/trace/trace-ids";
import { keepTrace, waitingTraces } from "../../operator/traces/outbox";
import { sendTraces, type TempoDoor } from "../../operator/traces/send-traces";
import { serialiseTrace } from "../../operator/traces/serialise-trace";
import { DEMOTION } from "../../settings/steps";
import { freePort } from "../support/free-port";
import { makeStandIn, type StandIn } from "../support/stand-in";
import { temporaryFolder } from "../support/temporary-folder";
import { failedEvidence, plannedEvidence } from "../support/valid-evidence";

const LINKS = { evidenceFile: "failover_result.json", evidenceSha256: "ab12" };

interface Found {
  readonly name: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly status?: { readonly message?: string };
  readonly events?: readonly { readonly name: string }[];
}

function spansIn(value: unknown): readonly Found[] {
  if (typeof value !== "object" || value === null) return [];
  if (!Array.isArray(value) && "spanId" in value) return [value as unknown as Found];
  return Object.values(value).flatMap(spansIn);
}

describe("a drill's trace on its way to Tempo", function () {
  this.timeout(180_000);
  this.slow(5000);
  const folder = temporaryFolder();
  const said: string[] = [];
  const say = (words: string): void => void said.push(words);
  let tempo: StandIn;
  const others: Server[] = [];

  before(async () => {
    tempo = await makeStandIn("tempo", folder(), "host-a");
    await tempo.start();
  });
  after(() => tempo.stop("SIGKILL"));
  beforeEach(() => void said.splice(0));
  afterEach(() => {
    for (const one of others.splice(0)) {
      one.closeAllConnections();
      one.close();
    }
  });

  const doorTo = (port: number): TempoDoor => ({ host: { name: "host-a", address: "127.0.0.1" }, port });

  async function keep(document = plannedEvidence()): Promise<void> {
    const { drill } = document;
    await keepTrace(folder(), drill, serialiseTrace(drill, spanTreeOf(document, LINKS)));
  }

  /** A Tempo that answers with a status, or with nothing at all. */
  async function answering(status: number | undefined): Promise<TempoDoor> {
    const other = createServer((_, response) => {
      if (status !== undefined) response.writeHead(status).end("so it is");
    }).listen(0, "127.0.0.1");
    others.push(other);
    await new Promise((resolve) => other.once("listening", resolve));
    return doorTo((other.address() as AddressInfo).port);
  }

  it("is read back by the drill's id alone: spans, events, parents and moments", async () => {
    const document = plannedEvidence();
    await keep(document);
    expect(await sendTraces(folder(), doorTo(tempo.host.ports.otlp_http), say)).to.deep.equal({ sent: 1, waiting: 0 });
    expect(await waitingTraces(folder())).to.deep.equal([]);
    const found = spansIn(await sendJson(tempo.asked(`/api/traces/${traceIdOf(document.drill.id)}`)));
    const roots = found.filter(({ parentSpanId }) => !parentSpanId);
    expect(roots.map(({ name }) => name)).to.deep.equal(["planned drill"]);
    expect(found.map(({ name }) => name)).to.include.members(document.steps.map(({ step }) => step));
    const promotion = found.find(({ name }) => name === "promote-standby");
    expect(promotion?.events?.map(({ name }) => name)).to.deep.equal(["promote-redis", "promote-timescaledb"]);
    expect(Number(promotion?.startTimeUnixNano) / 1e6).to.be.closeTo(
      Date.parse("2026-11-23T10:00:00.000Z") + 1925.25,
      1.01,
    );
    expect(said).to.deep.equal([]);
  });

  it("is the same spans when it is sent twice, and has those of a failed drill too", async () => {
    const { drill } = plannedEvidence();
    const page = `/api/traces/${traceIdOf(drill.id)}`;
    const before = spansIn(await sendJson(tempo.asked(page))).length;
    await keep();
    await sendTraces(folder(), doorTo(tempo.host.ports.otlp_http), say);
    expect(spansIn(await sendJson(tempo.asked(page)))).to.have.length(before);
    const failed = failedEvidence(DEMOTION);
    await keep({ ...failed, drill: { ...failed.drill, id: "failed" } });
    await sendTraces(folder(), doorTo(tempo.host.ports.otlp_http), say);
    const found = spansIn(await sendJson(tempo.asked(`/api/traces/${traceIdOf("failed")}`)));
    expect(found.filter(({ status }) => status?.message).length).to.be.at.least(2);
  });

  it("waits on disk while Tempo is down, and goes with the next verb", async () => {
    await keep();
    const down = await sendTraces(folder(), doorTo(await freePort()), say);
    expect(down).to.deep.equal({ sent: 0, waiting: 1 });
    expect(said.join()).to.include("1 trace waits on disk for Tempo").and.to.include("host-a");
    expect(await sendTraces(folder(), doorTo(tempo.host.ports.otlp_http), say)).to.deep.equal({ sent: 1, waiting: 0 });
  });

  it("waits no longer than its bound for a Tempo that does not answer, however many wait", async () => {
    await keep();
    await keep({ ...plannedEvidence(), drill: { ...plannedEvidence().drill, id: "second" } });
    const began = performance.now();
    const slow = await sendTraces(folder(), await answering(undefined), say, 300);
    expect(performance.now() - began).to.be.below(2000);
    expect(slow).to.deep.equal({ sent: 0, waiting: 2 });
    await sendTraces(folder(), doorTo(tempo.host.ports.otlp_http), say);
  });

  it("waits through a Tempo's own trouble, and is set aside, and said, where it is refused for what it is", async () => {
    await keep();
    for (const status of [503, 500, 429, 404])
      expect(await sendTraces(folder(), await answering(status), say), String(status)).to.deep.include({ waiting: 1 });
    said.splice(0);
    expect(await sendTraces(folder(), await answering(400), say)).to.deep.equal({ sent: 0, waiting: 0 });
    expect(said.join()).to.include("set aside").and.to.include("400");
  });

  it("says nothing that Tempo would not take of its own accord", async () => {
    const body = serialiseTrace({ id: "d", startedAt: "t" }, spanTreeOf(plannedEvidence(), LINKS));
    const port = tempo.host.ports.otlp_http;
    const headers = { "content-type": "application/json" };
    const asked = {
      host: { address: "127.0.0.1" },
      port,
      path: "/v1/traces",
      method: "POST",
      timeoutMs: 5000,
    } as const;
    expect(await send({ ...asked, headers, body })).to.equal("{}");
  });
});
