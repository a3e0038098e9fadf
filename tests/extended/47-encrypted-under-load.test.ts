import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { scramVerifier } from "../../drills/bootstrap/scram";
import { startLoad, type RunningLoad } from "../../drills/clients/client-load";
import { readBackRedis } from "../../drills/probe/redis-read-back";
import { clientErrorsOf } from "../../evidence/client-figures";
import type { ClientLoad } from "../../evidence/client-loads";
import { answeredNumbers, countNumbers } from "../../lab/bench/clients/count-events";
import { EVENTS_TABLE } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { good, untilWhole } from "../support/lab-pair";
import { labCredentials, labEnvironment, understudy } from "../support/lab-stacks";
import { declareEnvironment } from "../support/lab-with-backups";
import { fileInMode, makeEncrypted, makePlain, upAs } from "../support/plain-lab";
import { openSuperuser } from "../support/superuser";
import { temporaryFolder } from "../support/temporary-folder";

const LOADER = { user: "migration_loader", password: "the-loaders-own" };
const SLACK_MS = 60_000;
/** Statements that each load has to get done in one part. */
const LEAST = 200;
/** Longest that Redis may be away for one start of its container, seconds: docs/design/encryption-redis.md has "some". */
const REDIS_AWAY_SECONDS = 15;

/** What clients see of the way from plain to encrypted: each of their statements is counted, and read back. */
describe("a plain pair that goes to encryption beside clients, on the lab", function () {
  this.timeout(1_200_000);
  const folder = temporaryFolder();
  let clients: readonly RunningLoad[] = [];
  let beganMs = 0;

  const primary = () => viewFrom(labEnvironment(), "host-a").self;
  async function asSuperuser(...statements: readonly string[]): Promise<void> {
    const superuser = await openSuperuser(primary());
    try {
      for (const statement of statements) await superuser.query(statement);
    } finally {
      await superuser.end();
    }
  }

  before(async () => {
    await untilWhole("host-a");
    await makePlain();
    await untilWhole("host-a");
    await asSuperuser(
      `create role ${LOADER.user} login password '${scramVerifier(LOADER.password)}'`,
      `grant usage on schema understudy to ${LOADER.user}`,
      `grant select, insert on ${EVENTS_TABLE} to ${LOADER.user}`,
    );
  });
  afterEach(async () => {
    await Promise.all(clients.map((one) => one.abort()));
    clients = [];
  });
  after(async () => {
    await asSuperuser(`drop owned by ${LOADER.user}`, `drop role ${LOADER.user}`);
    await makeEncrypted();
    await untilWhole("host-a");
  });

  /** Clients of both stores that come plain, or by TLS. */
  async function begin(run: string, how: "plain" | "encrypted"): Promise<void> {
    const { ports } = labEnvironment();
    const { redis: password, clients: shown } = await labCredentials();
    const tls = how === "plain" ? {} : { tls: shown?.understudy_probe ?? expect.fail("no certificates") };
    const { address: host } = primary();
    const common = { originNs: String(process.hrtime.bigint()), maxDurationMs: 1_200_000, ...tls };
    beganMs = Date.now();
    const redisPort = how === "plain" ? ports.redis : ports.redis_tls;
    const started = await Promise.all([
      startLoad({
        ...{ driver: "node-postgres", run: `${run}/pg`, ...LOADER, ...common },
        addresses: [{ host, port: ports.postgres }],
      }),
      startLoad({
        ...{ driver: "redis-py", run: `${run}/redis`, user: "default", password, ...common },
        addresses: [{ host, port: redisPort }],
      }),
    ]);
    clients = started.map((one) => ("reason" in one ? expect.fail(`${one.driver}: ${one.reason}`) : one));
    await Promise.all(clients.map(({ ready }) => ready));
  }

  /** Ends them. Of PostgreSQL no statement has failed; Redis has everything that it had acknowledged. */
  async function expectKept(run: string, how: "plain" | "encrypted"): Promise<void> {
    await sleep(2000);
    const [postgres, redis] = (await Promise.all(clients.map((one) => one.finish()))) as [ClientLoad, ClientLoad];
    clients = [];
    expect(postgres.samples.end.length).to.be.greaterThan(LEAST);
    expect(redis.samples.end.length).to.be.greaterThan(LEAST);
    const { ports } = labEnvironment();
    const { redis: password, clients: shown } = await labCredentials();
    const at = { host: primary().address, port: how === "plain" ? ports.redis : ports.redis_tls, tls: how !== "plain" };
    const login = { redis: password, redisUser: "default", redisTls: shown?.understudy_probe };
    const found = await readBackRedis(at, login, { run: `${run}/redis`, sinceMs: beganMs - SLACK_MS });
    const counted = countNumbers(answeredNumbers(redis.samples), found);
    const [failed, refused] = [clientErrorsOf(postgres), clientErrorsOf(redis)];
    console.log(
      `    ${run}: PostgreSQL ${String(failed)} of ${String(postgres.samples.end.length)} statements failed; Redis ${String(refused)} of ${String(redis.samples.end.length)}, ${String(counted.acknowledged)} acknowledged, ${String(counted.lost)} lost, ${String(counted.duplicated)} twice`,
    );
    expect(failed, JSON.stringify(postgres).slice(0, 2000)).to.equal(0);
    expect([counted.lost, counted.duplicated]).to.deep.equal([0, 0]);
    if (how === "encrypted") expect(refused, JSON.stringify(redis).slice(0, 2000)).to.equal(0);
    const perSecond = redis.samples.end.length / ((Date.now() - beganMs) / 1000);
    expect(refused / perSecond, "seconds' worth of commands that failed").to.be.below(REDIS_AWAY_SECONDS);
  }

  it("accepted and used: plain clients of PostgreSQL see nothing, and Redis loses nothing over its one start", async () => {
    await begin("to-used", "plain");
    const accepted = fileInMode(folder(), "accepted");
    await declareEnvironment(accepted);
    good(await understudy("certificates", "--env-config", accepted, "--execute"));
    await upAs(accepted);
    await untilWhole("host-a");
    await upAs(fileInMode(folder(), "used"));
    await untilWhole("host-a");
    await expectKept("to-used", "plain");
  });

  it("required is refused while clients are plain, by name, and they see nothing of that", async () => {
    await begin("refused", "plain");
    const required = fileInMode(folder(), "required");
    await declareEnvironment(required);
    const refused = await understudy("up", "--env-config", required, "--execute");
    expect(refused.code, refused.stdout + refused.stderr).to.equal(3);
    expect(refused.stderr).to.include(LOADER.user);
    await sleep(5000);
    await expectKept("refused", "plain");
  });

  it("required: encrypted clients see nothing in PostgreSQL, and Redis loses nothing", async () => {
    await begin("to-required", "encrypted");
    await upAs(fileInMode(folder(), "required"));
    await untilWhole("host-a");
    await expectKept("to-required", "encrypted");
  });
});
