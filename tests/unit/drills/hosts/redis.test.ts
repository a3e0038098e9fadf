import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect } from "chai";
import {
  connectRedis,
  identityFromInfo,
  parseInfo,
  redisEventsBehind,
  type RedisSession,
} from "../../../../drills/hosts/redis";

const PRIMARY = `# Server\r\nredis_version:7.0.15\r\n
# Stats\r\nsync_full:1\r\nsync_partial_ok:4\r\nsync_partial_err:0\r\n
# Replication\r\nrole:master\r\nconnected_slaves:2\r
slave0:ip=203.0.113.2,port=6379,state=online,offset=4700,lag=0\r
slave1:ip=203.0.113.3,port=6379,state=wait_bgsave,offset=0,lag=9\r
master_replid:8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb\r\nmaster_replid2:0000000000000000000000000000000000000000\r
master_repl_offset:4711\r\n`;

const STANDBY = `redis_version:7.0.15\r\nrole:slave\r\nmaster_host:203.0.113.1\r\nmaster_port:6379\r
master_link_status:up\r\nslave_read_repl_offset:4699\r\nslave_repl_offset:4700\r\nmaster_replid:8371b4fb\r
master_repl_offset:4700\r\n`;

describe("INFO", () => {
  it("is lines of key and value; a value may hold colons, comments are none", () => {
    expect([...parseInfo("# Server\r\na:1\r\nexecutable:/x:y\r\n:none\r\nnoise\r\n")]).to.deep.equal([
      ["a", "1"],
      ["executable", "/x:y"],
    ]);
  });

  it("of a primary gives its offset, its replication id and each replica with its state", () => {
    expect(identityFromInfo(PRIMARY)).to.deep.equal({
      role: "primary",
      replicationId: "8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb",
      offset: 4711,
      version: "7.0.15",
      follows: null,
      replicas: [
        { address: "203.0.113.2", online: true, offset: 4700 },
        { address: "203.0.113.3", online: false, offset: 0 },
      ],
      fullSyncs: 1,
      partialSyncs: 4,
    });
  });

  it("of Valkey gives Valkey's version, not the one of Redis that it is compatible with", () => {
    const valkey = PRIMARY.replace(
      "redis_version:7.0.15",
      "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2",
    );
    expect(identityFromInfo(valkey).version).to.equal("Valkey 9.1.2");
  });

  it("of a standby gives what it has applied, whom it follows and whether the link is up", () => {
    const standby = identityFromInfo(STANDBY);
    expect(standby.role).to.equal("standby");
    expect(standby.offset).to.equal(4700);
    expect(standby.follows).to.deep.equal({ host: "203.0.113.1", port: 6379, linkUp: true });
    expect(standby.replicas).to.deep.equal([]);
  });

  it("of a standby whose link is down, or not named, is never taken for linked", () => {
    const down = identityFromInfo(STANDBY.replace("status:up", "status:down"));
    const unsaid = identityFromInfo(STANDBY.replace(/master_link_status:up\r\n/, ""));
    expect([down.follows?.linkUp, unsaid.follows?.linkUp]).to.deep.equal([false, false]);
  });

  it("without an offset is refused: two unknown offsets are not two equal ones", () => {
    for (const text of [
      "role:master\r\n",
      "role:slave\r\nmaster_repl_offset:7\r\n",
      "role:master\r\nmaster_repl_offset:\r\n",
    ]) {
      expect(() => identityFromInfo(text), text).to.throw("INFO names no replication offset");
    }
  });

  for (const text of ["", "role:sentinel\r\n", "NOAUTH Authentication required."]) {
    it(`is refused when it names no role: ${JSON.stringify(text)}`, () => {
      expect(() => identityFromInfo(text)).to.throw("INFO names no role");
    });
  }
});

describe("journal entries that a Redis standby is behind", () => {
  const asked: string[][] = [];
  const session = (answer: unknown): RedisSession => ({
    command: (...words) => {
      asked.push(words);
      return Promise.resolve(answer);
    },
    close: () => undefined,
  });
  beforeEach(() => (asked.length = 0));

  it("are those after the newest one it has", async () => {
    const behind = await redisEventsBehind(
      session([
        ["8-0", []],
        ["9-0", []],
      ]),
      session([["7-1", ["seq", "1"]]]),
    );
    expect(behind).to.equal(2);
    expect(asked).to.deep.equal([
      ["XREVRANGE", "understudy:events", "+", "-", "COUNT", "1"],
      ["XRANGE", "understudy:events", "(7-1", "+", "COUNT", "100000"],
    ]);
  });

  it("are all of them when it has none", async () => {
    expect(await redisEventsBehind(session([["8-0", []]]), session([]))).to.equal(1);
    expect(asked[1]?.slice(2, 4)).to.deep.equal(["-", "+"]);
  });
});

describe("opening a session to Redis", function () {
  this.timeout(15_000);
  this.slow(12_000);

  it("is given up, with its connection, where a frozen server's machine accepts it and nobody answers", async () => {
    const closed: Promise<unknown>[] = [];
    const server = createServer((socket) => {
      socket.on("error", () => undefined).resume();
      closed.push(once(socket, "close"));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const opened = connectRedis({ address: "127.0.0.1", port, password: "hush" });
    expect(await opened.catch((error: unknown) => (error as Error).message)).to.match(/no answer within 5000 ms/);
    expect(closed).to.have.length(1);
    await Promise.all(closed);
    server.close();
  });
});
