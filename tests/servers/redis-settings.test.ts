import { expect } from "chai";
import { parseRedisSettings, REDIS_SET } from "../../drills/hosts/server-settings/redis-settings";
import { REDIS_SETTINGS, REDIS_TRIAL, redisTrialWords } from "../../drills/hosts/server-settings/redis-trial";
import { parseTrial, type Trial } from "../../drills/hosts/server-settings/trial";
import { environmentSchema } from "../../settings/environment";
import { redisLayers, redisSettingsText } from "../../settings/server/layers";
import { canGuardRedis, GuardedRedis } from "../support/guarded-redis";
import { relocated } from "../unit/guard/stage";

type Given = Record<string, string | number | boolean>;

const section = (settings: Given) => ({ redis: environmentSchema.shape.redis.parse({ settings }) });
const AT = "understudy/files/current";

describe("the settings of a Redis", function () {
  this.timeout(60_000);
  this.slow(10_000);
  let a = undefined as unknown as GuardedRedis;

  before(async function () {
    if (!canGuardRedis()) this.skip();
    a = await GuardedRedis.make("host-a");
    const conf = a.read(`${AT}/redis.conf`);
    a.write(`${AT}/redis.conf`, `${conf}\nmaxmemory 100mb\ninclude ${a.path(`${AT}/settings.conf`)}\n`);
    a.write(`${AT}/settings.conf`, redisSettingsText(section({ "maxmemory-policy": "volatile-lru", hz: 20 })));
    a.write("data/understudy/init", "primary\n");
    a.start(undefined);
    await a.until("a primary", () => a.cli("ping") === "PONG");
  });
  after(async () => (a as GuardedRedis | undefined)?.close());

  const run = (script: string, ...words: readonly string[]): string => {
    const { status, stdout, stderr } = a.run("sh", "-c", relocated(script, a.folder), "sh", ...words);
    expect(status, stderr).to.equal(0);
    return stdout;
  };
  const tried = (settings: Given): Trial =>
    parseTrial(run(REDIS_TRIAL, ...redisTrialWords(redisLayers(section(settings)))));
  const differences = () => parseRedisSettings("host-a", run(REDIS_SETTINGS)).unequal;
  const value = (name: string): string | undefined => a.cli("config", "get", name).split("\n")[1];

  it("are over what the product needs when it starts", () => {
    expect([value("maxmemory-policy"), value("hz"), value("maxmemory")]).to.deep.equal([
      "volatile-lru",
      "20",
      "104857600",
    ]);
    const { unequal, standby, linked, text } = parseRedisSettings("host-a", run(REDIS_SETTINGS));
    expect({ unequal, standby, linked }).to.deep.equal({ unequal: [], standby: false, linked: null });
    expect(text).to.equal(a.read(`${AT}/settings.conf`) + "\n");
  });

  it("are tried before anything changes: what the server refuses is told by its name", () => {
    expect(
      tried({ maxmemory: "200mb", "client-output-buffer-limit": "pubsub 64mb 16mb 90", "io-threads": 2 }).kind,
    ).to.equal("taken");
    const bad = tried({ "no-such-thing": "1", hz: "often", "slowlog-max-len": 64 });
    expect(bad.kind === "refused" && bad.alone.map(({ name }) => name)).to.deep.equal(["no-such-thing", "hz"]);
    expect(bad.kind === "refused" && bad.alone[0]?.words).to.contain("no-such-thing");
    expect(value("hz")).to.equal("20");
  });

  it("that are changed by hand are what its next start would give anew, and no password is among what is read", () => {
    a.cli("config", "set", "slowlog-max-len", "777");
    expect(differences()).to.deep.equal([{ name: "slowlog-max-len", running: "777", next: "128" }]);
    expect(run(REDIS_SETTINGS)).to.not.contain("hush");
    expect(run(REDIS_SET, "slowlog-max-len", "128")).to.contain("set\tslowlog-max-len");
    expect(differences()).to.deep.equal([]);
  });

  it("that change while it runs are told by both values, and those of a start refuse to be set", () => {
    a.write(`${AT}/settings.conf`, redisSettingsText(section({ "io-threads": 2, hz: 30 })));
    expect(differences()).to.have.deep.members([
      { name: "maxmemory-policy", running: "volatile-lru", next: "noeviction" },
      { name: "hz", running: "20", next: "30" },
      { name: "io-threads", running: "1", next: "2" },
    ]);
    const said = run(REDIS_SET, "hz", "30", "maxmemory-policy", "noeviction", "io-threads", "1");
    expect(said.split("\n").slice(0, 3)).to.deep.equal(["set\thz", "set\tmaxmemory-policy", "not\tio-threads"]);
    expect(differences().map(({ name }) => name)).to.deep.equal(["io-threads"]);
  });

  it("leave nothing running and nothing behind", () => {
    expect(a.run("sh", "-c", "ls -d /tmp/tmp.*/d 2>/dev/null").stdout).to.equal("");
  });
});
