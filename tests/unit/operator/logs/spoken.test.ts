import { PassThrough } from "node:stream";
import { expect } from "chai";
import { listenTo } from "../../../../operator/logs/spoken";
import { verbLinesBody } from "../../../../operator/logs/verb-lines";

interface LogRecord {
  readonly timeUnixNano: string;
  readonly body: { readonly stringValue: string };
  readonly severityText: string;
  readonly attributes: readonly object[];
}

interface Sent {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue: string } }[] };
    readonly scopeLogs: readonly { readonly logRecords: readonly LogRecord[] }[];
  }[];
}

describe("what a verb says", () => {
  it("is passed on as it is, and remembered line by line without the marks of progress", () => {
    const stream = new PassThrough();
    let clock = 10;
    const lines = listenTo(stream, () => clock++);
    stream.write("-- one\n   two: passed\n");
    stream.write("   … 4 s\n");
    expect(String(stream.read())).to.equal("-- one\n   two: passed\n   … 4 s\n");
    expect(lines()).to.deep.equal([
      { atMs: 10, text: "one" },
      { atMs: 11, text: "two: passed" },
    ]);
  });

  it("has what became of it as its last line, and verb, exit code and drill with each one", () => {
    const lines = [
      { atMs: 5, text: "precheck" },
      { atMs: 5, text: "WARNING: slow" },
    ];
    const body = verbLinesBody({ verb: "switchover", exitCode: 1, drillId: "d1", lines }, 7);
    const [{ resource, scopeLogs } = expect.fail()] = (JSON.parse(body) as Sent).resourceLogs;
    expect(resource.attributes.map(({ key, value }) => `${key}=${value.stringValue}`)).to.deep.equal([
      ...["host=operator", "service=understudy", "role=none"],
    ]);
    const records = scopeLogs[0]?.logRecords ?? [];
    expect(records.map(({ body: { stringValue } }) => stringValue)).to.deep.equal([
      "precheck",
      "WARNING: slow",
      "switchover ended with exit code 1",
    ]);
    expect(records.map(({ severityText }) => severityText)).to.deep.equal(["INFO", "WARN", "ERROR"]);
    expect(new Set(records.map(({ timeUnixNano }) => timeUnixNano)).size).to.equal(3);
    expect(JSON.stringify(records[0]?.attributes)).to.include('"drill","value":{"stringValue":"d1"}');
  });
});
