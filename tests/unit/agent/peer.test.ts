import { expect } from "chai";
import { parsePeer } from "../../../agent/watch-peer";

const STORE = { role: "primary", position: 5, timeline: 2, history: "7" };

describe("what the other host's agent says", () => {
  it("has the offset of its clock, and how far that is right", () => {
    const said = parsePeer(JSON.stringify({ now_ms: 5030, stores: { timescaledb: STORE } }), 1000, 1060);
    expect(said).to.deep.equal({
      stores: { timescaledb: STORE },
      ...{ offsetSeconds: 4, uncertaintySeconds: 0.03, atMs: 1060 },
    });
  });

  it("is nothing where it is in no form that is understood, and a store that is none is left out", () => {
    for (const text of ["", "{}", "[]", "null", '{"now_ms":"5"}', '{"now_ms":5}', '{"now_ms":null,"stores":{}}'])
      expect(parsePeer(text, 0, 1), text).to.equal(null);
    for (const wrong of [{ ...STORE, role: "master" }, { ...STORE, position: "5" }, { ...STORE, history: 7 }, null])
      expect(parsePeer(JSON.stringify({ now_ms: 5, stores: { redis: wrong } }), 0, 1)?.stores).to.deep.equal({});
  });
});
