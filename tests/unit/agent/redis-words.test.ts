import { expect } from "chai";
import fc from "fast-check";
import { decodeReply, encodeCommand, parseInfo, RedisRefusal } from "../../../agent/resp";
import { redisSight } from "../../../agent/watch-redis";

const INFO =
  "# Server\r\nredis_version:7.0.15\r\n# Replication\r\nrole:master\r\nmaster_replid:abc\r\nmaster_repl_offset:42\r\n" +
  "loading:0\r\nmaxmemory:0\r\nmaxclients:10000\r\nconnected_clients:3\r\nused_memory:900\r\n";

describe("Redis' words", () => {
  it("are counted in bytes", () => {
    expect(encodeCommand(["AUTH", "é"])).to.equal("*2\r\n$4\r\nAUTH\r\n$2\r\né\r\n");
  });

  it("are read however they come in pieces, and an error by its code", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(40), (text, cut) => {
        const bytes = Buffer.from(`$${Buffer.byteLength(text)}\r\n${text}\r\n`);
        if (cut < bytes.length) expect(decodeReply(bytes.subarray(0, cut))).to.equal(undefined);
        expect(decodeReply(bytes)?.reply).to.equal(text);
      }),
    );
    const { reply } = decodeReply(Buffer.from("-NOPERM this user has no permissions\r\n")) ?? {};
    expect(reply).to.be.instanceOf(RedisRefusal).and.include({ code: "NOPERM" });
  });

  it("say what a server is; what they do not say is not known", () => {
    expect(redisSight(parseInfo(INFO))).to.deep.equal({
      ...{ role: "primary", writable: true, position: 42, timeline: null, history: "abc", receives: null },
      ...{ connections: 3, connectionsMax: 10_000, usedBytes: 900, maxBytes: null },
    });
    expect(redisSight(parseInfo("loading:1\r\n"))).to.equal(undefined);
    expect(redisSight(parseInfo("role:slave\r\n"))).to.include({ receives: false, position: null, writable: false });
  });

  it("say that a primary takes no writes while its files cannot be written, it loads, or its writes are paused", () => {
    for (const line of ["aof_last_write_status:err", "loading:1", "paused_actions:write"])
      expect(redisSight(parseInfo(`${INFO}${line}\r\n`))?.writable, line).to.equal(false);
  });
});
