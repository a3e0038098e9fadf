import { expect } from "chai";
import { sentinelAnswer, sentinelView } from "../../../agent/sentinel";
import { decodeCommand, encodeReply } from "../../../agent/sentinel-server";
import type { Sight } from "../../../agent/sight";
import type { SentinelConfig } from "../../../settings/agent-config";
import { hostSight, peerSight, redisSightOf, saidNow, SEEN_MS } from "../../support/agent-sight";

const A = { redis: { host: "10.0.0.11", port: 6379 }, sentinel: { host: "10.0.0.11", port: 26379 } };
const B = { redis: { host: "10.0.0.12", port: 6379 }, sentinel: { host: "10.0.0.12", port: 26379 } };
const CONFIG: SentinelConfig = { name: "pair", port: 26379, self: A, peer: B };

/** A host's sight, and how sure the other host's agent is. */
function seen(own: "primary" | "standby", sure: boolean | undefined, more: Partial<Sight> = {}): Sight {
  const other = peerSight(own === "primary" ? "standby" : "primary");
  const { redis } = other.stores;
  return hostSight(own, {
    peer: { ...other, stores: redis === undefined ? {} : { redis: { ...redis, ...(sure !== undefined && { sure }) } } },
    ...more,
  });
}

const view = (sight: Sight): ReturnType<typeof sentinelView> => sentinelView(sight, CONFIG, SEEN_MS);

describe("answers to clients in Sentinel mode", () => {
  it("lead to the host that is surely primary, by either agent, and to a standby that follows", () => {
    expect(view(seen("primary", true))).to.deep.equal({ primary: A.redis, replicas: [B.redis] });
    expect(view(seen("standby", true))).to.deep.equal({ primary: B.redis, replicas: [A.redis] });
    expect(view(seen("primary", undefined))).to.deep.equal({ primary: A.redis, replicas: [] });
  });

  it("lead nowhere while nobody is sure, or two are", () => {
    const none = { primary: null, replicas: [] };
    expect(view(seen("standby", false))).to.deep.equal(none);
    expect(view(seen("standby", undefined))).to.deep.equal(none);
    const readOnly = saidNow(redisSightOf("primary", { writable: false }));
    const { redis } = hostSight("primary");
    expect(view(seen("primary", true, { redis: { ...redis, server: readOnly } }))).to.deep.equal(none);
    const two = seen("standby", true, { redis: hostSight("primary").redis });
    expect(view(two)).to.deep.equal(none);
    expect(sentinelView(seen("standby", true), CONFIG, SEEN_MS + 60_000)).to.deep.equal(none);
  });

  it("have Sentinel's form, know one name, and change nothing", () => {
    const ask = (...words: readonly string[]): unknown =>
      sentinelAnswer(words, CONFIG, { primary: A.redis, replicas: [B.redis] });
    expect(ask("SENTINEL", "get-master-addr-by-name", "pair")).to.deep.equal(["10.0.0.11", "6379"]);
    expect(ask("sentinel", "GET-MASTER-ADDR-BY-NAME", "other")).to.equal(null);
    expect(ask("SENTINEL", "masters")).to.have.length(1);
    expect(ask("SENTINEL", "replicas", "pair")).to.deep.equal(ask("SENTINEL", "slaves", "pair"));
    expect(ask("SENTINEL", "sentinels", "pair")).to.have.nested.property("[0][3]", "10.0.0.12");
    for (const words of [["SENTINEL", "failover", "pair"], ["SENTINEL", "set", "pair"], ["FLUSHALL"], ["HELLO", "3"]])
      expect(ask(...words), words.join(" ")).to.have.property("error");
    const nobody = sentinelAnswer(["SENTINEL", "masters"], CONFIG, { primary: null, replicas: [] });
    expect(nobody).to.deep.equal([]);
  });

  it("are written as the protocol has it, and questions are read however they come in pieces", () => {
    expect(encodeReply(["é", null, 2, { simple: "OK" }, { error: "ERR no" }])).to.equal(
      "*5\r\n$2\r\né\r\n*-1\r\n:2\r\n+OK\r\n-ERR no\r\n",
    );
    const whole = Buffer.from("*2\r\n$4\r\nPING\r\n$1\r\nx\r\nINFO\r\n");
    for (let at = 0; at < 21; at++) expect(decodeCommand(whole.subarray(0, at)), String(at)).to.equal(undefined);
    const first = decodeCommand(whole);
    expect(first?.words).to.deep.equal(["PING", "x"]);
    expect(decodeCommand(first?.rest ?? Buffer.alloc(0))?.words).to.deep.equal(["INFO"]);
    for (const wrong of ["*x\r\n", "*1\r\n:5\r\n", "*99\r\n", "*1\r\n$-1\r\n"])
      expect(() => decodeCommand(Buffer.from(wrong)), wrong).to.throw("not a command");
  });
});
