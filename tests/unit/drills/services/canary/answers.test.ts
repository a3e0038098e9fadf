import { expect } from "chai";
import { counterSum, silencesOf } from "../../../../../drills/services/canary/alerts";
import { titlesOf } from "../../../../../drills/services/canary/dashboards";
import { linesOf } from "../../../../../drills/services/canary/log-lines";
import { exportRequest } from "../../../../../drills/services/canary/otlp";
import { spansOf } from "../../../../../drills/services/canary/spans";

describe("what a canary reads back", () => {
  it("finds every log line as often as it is there, and nothing in other lines", () => {
    const values = [
      ["1", "canary 1"],
      ["2", "canary 2"],
      ["3", "canary 2"],
      ["4", "canary 7 of somebody else"],
    ];
    expect(linesOf({ data: { result: [{ values }, { values: [["5", "canary 12"]] }] } })).to.deep.equal([1, 2, 2, 12]);
    expect(() => linesOf({ status: "error" })).to.throw("query_range");
  });

  it("finds spans under either name of their list", () => {
    const span = (number: number) => ({ spanId: "AAAAAAAAAAE=", name: `canary ${number}` });
    const old = { batches: [{ instrumentationLibrarySpans: [{ spans: [span(1), span(2)] }] }] };
    const later = { trace: { resourceSpans: [{ scopeSpans: [{ spans: [span(3)] }] }] } };
    expect(spansOf(old)).to.deep.equal([1, 2]);
    expect(spansOf(later)).to.deep.equal([3]);
    expect(spansOf({ batches: [{ scopeSpans: [{ spans: [{ spanId: "x", name: "another" }] }] }] })).to.deep.equal([]);
  });

  it("finds its own dashboards only", () => {
    const found = [
      { title: "understudy canary abc 1" },
      { title: "understudy canary abc 10" },
      { title: "understudy canary abd 2" },
      { title: "Overview" },
    ];
    expect(titlesOf(found, "abc")).to.deep.equal([1, 10]);
    expect(() => titlesOf({ message: "Not found" }, "abc")).to.throw("search");
  });

  it("counts active silences of its own drill", () => {
    const silence = (drill: string, state: string) => ({ comment: `canary of drill ${drill}`, status: { state } });
    expect(silencesOf([silence("d1", "active"), silence("d1", "expired"), silence("d2", "active")], "d1")).to.equal(1);
  });

  it("adds up a counter's series with the asked labels, and takes no other counter for it", () => {
    const text = [
      'prometheus_http_requests_total{code="200",handler="/api/v1/format_query"} 2',
      'prometheus_http_requests_total{code="400",handler="/api/v1/format_query"} 1',
      'prometheus_http_requests_total{code="200",handler="/api/v1/query"} 40',
      'prometheus_http_requests_total_other{handler="/api/v1/format_query"} 9',
    ].join("\n");
    const labels = { handler: "/api/v1/format_query" };
    expect(counterSum(text, "prometheus_http_requests_total", labels)).to.equal(3);
    expect(counterSum("", "prometheus_http_requests_total", labels)).to.equal(0);
  });
});

describe("a span in protocol buffers", () => {
  it("has the bytes that the specification gives it", () => {
    const bytes = exportRequest("s", {
      traceId: Buffer.from("0af7651916cd43dd8448eb211c80319c", "hex"),
      spanId: Buffer.from("b7ad6b7169203331", "hex"),
      name: "n",
      startNs: 1n,
      endNs: 256n,
    });
    const span =
      "0a100af7651916cd43dd8448eb211c80319c" +
      "1208b7ad6b7169203331" +
      "2a016e" +
      "3001" +
      "390100000000000000" +
      "410001000000000000";
    const spanLength = (span.length / 2).toString(16).padStart(2, "0");
    const scopeLength = (span.length / 2 + 2).toString(16).padStart(2, "0");
    const attribute = "0a0c736572766963652e6e616d65" + "12030a0173";
    const attributeLength = (attribute.length / 2).toString(16).padStart(2, "0");
    expect(Buffer.from(bytes).toString("hex")).to.include(`12${scopeLength}12${spanLength}${span}`);
    expect(Buffer.from(bytes).toString("hex")).to.include(`0a${attributeLength}${attribute}`);
  });
});
