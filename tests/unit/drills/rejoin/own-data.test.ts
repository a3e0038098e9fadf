import { expect } from "chai";
import { parseAnswer } from "../../../../drills/hosts/agent";
import { parseOwnData, parseWalEnd } from "../../../../drills/rejoin/own-data";

const HISTORY = Buffer.from("1\t0/5000060\treason\n").toString("base64");
const LINES = [
  "status=held was primary",
  ...["running=no", "signal=no", "data=yes", "state=in production", "system=7300", "checkpoint=0/6000028"],
  ...["redo=0/6000000", "checked=2", "segment=16777216", "timeline=2", `history=${HISTORY}`],
];

const parse = (...more: string[]): ReturnType<typeof parseOwnData> => parseOwnData(parseAnswer([...more, ...LINES]));

describe("what a returning host says of its data", () => {
  it("is read from the agent's answer", () => {
    expect(parse("salvage=a", "salvage=b")).to.deep.equal({
      ...{ status: "held was primary", running: false, standbySignal: false, data: true },
      ...{ torn: null, order: null, failed: null, carriedOut: null, fencedBy: null },
      ...{ systemIdentifier: "7300", checkpoint: "0/6000028", readFrom: 0x6000000n, segmentBytes: 16777216n },
      lineage: { past: [{ timeline: 1, end: 0x5000060n }], timeline: 2 },
      salvages: ["a", "b"],
    });
  });

  it("takes an empty value for none: null is never zero", () => {
    const empty = parse("system=", "checkpoint=", "redo=", "timeline=0");
    expect([empty.systemIdentifier, empty.checkpoint, empty.readFrom, empty.lineage]).to.deep.equal(
      Array(4).fill(null),
    );
  });

  it("reads a timeline begun since the last checkpoint from its beginning", () => {
    expect(parse("checked=1").readFrom).to.equal(0x5000060n);
  });

  it("has no lineage without the history of a later timeline, or with one that cannot be read", () => {
    expect(parse("timeline=3", "history=").lineage).to.equal(null);
    expect(parse(`history=${Buffer.from("nonsense\n").toString("base64")}`).lineage).to.equal(null);
    expect(parse("timeline=1", "history=").lineage).to.deep.equal({ past: [], timeline: 1 });
  });

  it("tells how an order was carried out, and by which drill the host was fenced", () => {
    expect(parse("rejoined=id-1 rewound name 2026-11-24T03:00:00.000Z").carriedOut).to.deep.equal({
      ...{ id: "id-1", how: "rewound", salvage: "name", at: "2026-11-24T03:00:00.000Z" },
    });
    expect(parse("rejoined=id-1 followed - 2026-11-24T03:00:00.000Z").carriedOut?.salvage).to.equal(null);
    expect(parse("rejoined=id-1 wiped - 2026-11-24T03:00:00.000Z").carriedOut).to.equal(null);
    expect(parse("fenced=d-7 2026-11-24T03:00:00Z").fencedBy).to.equal("d-7");
  });

  it("is refused when the answer is none", () => {
    expect(() => parseOwnData(parseAnswer([]))).to.throw("the agent did not say running");
  });
});

describe("the end of the WAL", () => {
  const record = (lsn: string, total: number): ReturnType<typeof parseAnswer> =>
    parseAnswer([
      `record=rmgr: Heap        len (rec/tot):     59/    ${total}, tx:        731, lsn: ${lsn}, prev 0/01, desc: INSERT`,
    ]);

  it("is the end of the last record, aligned", () => {
    expect(parseWalEnd(record("0/5000060", 59), 16777216n)).to.equal(0x50000a0n);
  });

  it("counts the headers of pages and segments that the record runs into", () => {
    expect(parseWalEnd(record("0/5FFFFF8", 16), 16777216n)).to.equal(0x6000030n);
  });

  it("is not known where the next segment is missing and later ones are there", () => {
    const line = record("0/5000060", 59).get("record")?.[0] ?? "";
    const end = (missing: string): bigint | null =>
      parseWalEnd(parseAnswer([`record=${line}`, `missing=${missing}`]), 16777216n);
    expect(end("0000000000000006")).to.equal(null);
    for (const beyond of ["", "0000000000000007"]) expect(end(beyond), beyond).to.equal(0x50000a0n);
  });

  it("is not known without a record", () => {
    expect(parseWalEnd(parseAnswer(["record="]), 16777216n)).to.equal(null);
    expect(parseWalEnd(parseAnswer(["record=pg_waldump: fatal"]), 16777216n)).to.equal(null);
  });
});
