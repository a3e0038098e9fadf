import { writeFileSync } from "node:fs";
import path from "node:path";
import { createClient } from "@redis/client";
import { expect } from "chai";
import { digestsOf } from "../../operator/rotate/application";
import { sha256 } from "../../settings/application-secrets";
import { applicationRedisUsers } from "../../settings/application-redis-users";
import { applicationsSchema } from "../../settings/applications";
import { REDIS_ADMIN_COMMANDS, REDIS_CATEGORIES, REDIS_COMMANDS } from "../../settings/redis-commands";
import { exampleApplications } from "../support/documentation/example-applications";
import { canRunRedis, startRedis, type RealRedis } from "../support/real-redis";
import { temporaryFolder } from "../support/temporary-folder";

const DECLARED = applicationsSchema.parse({
  shop: { password: "shopPassword", redis: { keys: ["shop:*"], read_keys: ["prices:*"], channels: ["shop.*"] } },
  jobs: {
    password: "jobsPassword",
    redis: { keys: ["{weird}~&[a-z]*", "a?%R~b"], commands: ["@all", "-client|list"] },
  },
  little: { password: "littlePassword", redis: { keys: ["*"], commands: ["get", "+client|id", "-@write"] } },
});
const PASSWORDS = new Map([
  ["shop", "shop's own"],
  ["jobs", "jobs' own"],
  ["little", "little"],
]);

describe("the Redis users of applications on a real Redis", function () {
  this.timeout(30_000);
  let redis: RealRedis | undefined;
  after(() => redis?.stop());
  const folder = temporaryFolder();
  const running = (): RealRedis => redis ?? expect.fail("no server");
  const lines = applicationRedisUsers(DECLARED, PASSWORDS);

  before(async function () {
    if (!canRunRedis()) this.skip();
    redis = await startRedis(folder());
  });

  async function codeOf(user: string, ...command: string[]): Promise<string> {
    const client = createClient({
      socket: { host: "127.0.0.1", port: running().port, reconnectStrategy: false },
      username: user,
      password: PASSWORDS.get(user) ?? "",
      disableClientInfo: true,
    });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.sendCommand(command);
      return "done";
    } catch (error) {
      return (
        String(error)
          .replace(/^.*?Error: /, "")
          .split(" ", 1)[0] ?? ""
      );
    } finally {
      client.destroy();
    }
  }

  it("are taken by ACL SETUSER, as often as one likes", () => {
    for (let time = 0; time < 2; time += 1)
      for (const line of lines) expect(running().cli("ACL", "SETUSER", ...line.split(" ").slice(1))).to.equal("OK");
    const listed = running().cli("ACL", "LIST");
    for (const name of PASSWORDS.keys()) expect(listed).to.include(`user ${name} on `);
  });

  it("of the example in the reference are taken too", () => {
    const example = exampleApplications();
    const passwords = new Map(Object.keys(example).map((name) => [name, "x"]));
    const theirs = applicationRedisUsers(example, passwords);
    expect(theirs).to.have.length(2);
    for (const line of theirs) expect(running().cli("ACL", "SETUSER", ...line.split(" ").slice(1))).to.equal("OK");
    expect(running().cli("ACL", "DRYRUN", "warehouse", "GET", "shop:1")).to.equal("OK");
    expect(running().cli("ACL", "DRYRUN", "warehouse", "SET", "shop:1", "x")).to.not.equal("OK");
  });

  it("are taken from an ACL file", async () => {
    const file = path.join(folder(), "users.acl");
    writeFileSync(file, `${["user default on nopass ~* &* +@all", ...lines].join("\n")}\n`);
    await redis?.stop();
    redis = await startRedis(folder(), { aclfile: file, requirepass: "", masterauth: "" });
    expect(running().cli("ACL", "USERS").split("\n").sort()).to.deep.equal(["default", "jobs", "little", "shop"]);
  });

  it("have two passwords while one is exchanged, and a session that is there stays", async () => {
    const former = new Map([["shop", sha256(PASSWORDS.get("shop") ?? "")]]);
    const opened = async (password: string): Promise<ReturnType<typeof createClient>> => {
      const client: ReturnType<typeof createClient> = createClient({
        socket: { host: "127.0.0.1", port: running().port, reconnectStrategy: false },
        username: "shop",
        password,
        disableClientInfo: true,
      });
      client.on("error", () => undefined);
      await client.connect();
      return client;
    };
    const give = (password: string, before?: typeof former): void => {
      const [line = ""] = applicationRedisUsers(
        { shop: DECLARED["shop"] as never },
        new Map([["shop", password]]),
        before,
      );
      expect(running().cli("ACL", "SETUSER", ...line.split(" ").slice(1))).to.equal("OK");
    };
    const codes = (): Promise<readonly string[]> =>
      Promise.all(
        ["shop's own", "another one"].map((password) =>
          opened(password).then(
            (client) => {
              client.destroy();
              return "in";
            },
            (error: unknown) => /WRONGPASS/.exec(String(error))?.[0] ?? String(error),
          ),
        ),
      );
    const kept = await opened("shop's own");
    expect(await codes()).to.deep.equal(["in", "WRONGPASS"]);
    give("another one", former);
    expect(await codes()).to.deep.equal(["in", "in"]);
    expect(digestsOf("shop", running().cli("ACL", "LIST").split("\n"))).to.have.length(2);
    give("another one");
    expect(await codes()).to.deep.equal(["WRONGPASS", "in"]);
    expect(await kept.sendCommand(["GET", "shop:1"])).to.equal(null);
    kept.destroy();
    give("shop's own");
  });

  it("reach their keys and channels, and find the primary", async () => {
    for (const command of [["SET", "shop:1", "x"], ["GET", "prices:1"], ["PUBLISH", "shop.a", "x"], ["ROLE"], ["PING"]])
      expect(await codeOf("shop", ...command), command.join(" ")).to.equal("done");
    expect(await codeOf("little", "GET", "anything")).to.equal("done");
  });

  it("reach nothing else, whatever was allowed", async () => {
    for (const command of [
      ["GET", "other"],
      ["SET", "prices:1", "x"],
      ["PUBLISH", "other", "x"],
      ["KEYS", "*"],
      ["FLUSHALL"],
    ])
      expect(await codeOf("shop", ...command), command.join(" ")).to.equal("NOPERM");
    for (const command of [
      ["CONFIG", "GET", "*"],
      ["REPLICAOF", "NO", "ONE"],
      ["SHUTDOWN"],
      ["ACL", "LIST"],
      ["BGSAVE"],
      ["CLIENT", "PAUSE", "1"],
    ])
      for (const user of PASSWORDS.keys())
        expect(await codeOf(user, ...command), `${user} ${command.join(" ")}`).to.equal("NOPERM");
    expect(await codeOf("little", "SET", "a", "b")).to.equal("NOPERM");
  });

  it("are checked by commands and categories that the server has", () => {
    const has = new Set(running().cli("COMMAND", "LIST").split("\n"));
    expect([...REDIS_COMMANDS].filter((one) => !has.has(one))).to.deep.equal([]);
    const steering = running().cli("ACL", "CAT", "admin").split("\n");
    expect(steering.filter((one) => !REDIS_ADMIN_COMMANDS.has(one))).to.deep.equal([]);
    const categories = running().cli("ACL", "CAT").split("\n");
    expect([...REDIS_CATEGORIES].filter((one) => one !== "all" && !categories.includes(one))).to.deep.equal([]);
  });
});
