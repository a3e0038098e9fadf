import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import type { ContainerState } from "../../drills/hosts/container-state";
import { closeStores, readStores } from "../../drills/hosts/observe";
import { connectPostgres } from "../../drills/hosts/postgres";
import { connectRedis } from "../../drills/hosts/redis";
import { judgeHealth } from "../../operator/health/judge-health";
import { rootOf } from "../../operator/certificates/exchange";
import { trustBundle, type ClientCertificate } from "../../settings/certificates/clients";
import { issueLeaf, makeAuthority } from "../../settings/certificates/issue";
import { namedHosts, type NamedHost } from "../../settings/pair";
import { freePort } from "../support/free-port";
import { DAY_MS, serverLeaf } from "../support/issued";
import { canRunPostgres, POSTGRES_PASSWORD, startPostgres, type RealPostgres } from "../support/real-postgres";
import { canRunRedis, REDIS_PASSWORD, startRedis, type RealRedis } from "../support/real-redis";
import { temporaryFolder } from "../support/temporary-folder";
import { sampleEnvironment } from "../unit/components/sample";

const [HOST] = namedHosts(sampleEnvironment(2)) as [NamedHost];
const RUNS: ContainerState = {
  ...{ read: true, running: true, status: "running", health: "healthy", said: "", restarts: 0 },
} as unknown as ContainerState;

/** What the certificate of both servers is, and the code by which nobody can tell what they are. */
const CASES = {
  expired: "CERT_HAS_EXPIRED",
  "not-yet": "CERT_NOT_YET_VALID",
  foreign: /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_SIGNATURE_FAILURE|SELF_SIGNED_CERT_IN_CHAIN)$/,
  name: "ERR_TLS_CERT_ALTNAME_INVALID",
} as const;

describe("a failure of TLS towards a real server", function () {
  this.timeout(300_000);
  this.slow(20_000);
  const folder = temporaryFolder();
  const at = (name: string): string => path.join(folder(), name);
  let [redis, postgres] = [undefined, undefined] as unknown as [RealRedis, RealPostgres];
  let client: ClientCertificate;
  let tlsPort: number;

  before(async function () {
    if (!canRunRedis() || !canRunPostgres()) this.skip();
    const now = Date.now();
    const own = await makeAuthority("sample", now - 800 * DAY_MS);
    const stranger = await makeAuthority("stranger", now);
    for (const one of ["redis", "postgres"]) mkdirSync(at(one));
    chmodSync(folder(), 0o755);
    const leaves = {
      good: await issueLeaf(serverLeaf("127.0.0.1"), own, now),
      expired: await issueLeaf(serverLeaf("127.0.0.1"), own, now - 700 * DAY_MS),
      "not-yet": await issueLeaf(serverLeaf("127.0.0.1"), own, now + 30 * DAY_MS),
      foreign: await issueLeaf(serverLeaf("127.0.0.1"), stranger, now),
      name: await issueLeaf(serverLeaf("203.0.113.9"), own, now),
    };
    const ca = trustBundle({ trust: [rootOf(own)] });
    writeFileSync(at("ca.crt"), ca);
    for (const [name, { certificate, key }] of Object.entries(leaves)) {
      writeFileSync(at(`${name}.crt`), certificate);
      writeFileSync(at(`${name}.key`), key, { mode: 0o600 });
      writeFileSync(at(`redis/${name}.key`), key);
      if (process.getuid?.() === 0)
        chownSync(at(`${name}.key`), Number(execFileSync("id", ["-u", "postgres"], { encoding: "utf8" })), 0);
    }
    const shown = await issueLeaf({ name: "drill", use: "client", commonName: "drill", names: [] }, own, now);
    client = { ca, cert: shown.certificate, key: shown.key };
    tlsPort = await freePort();
    const tls = {
      "tls-cert-file": at("good.crt"),
      "tls-key-file": at("redis/good.key"),
      "tls-ca-cert-file": at("ca.crt"),
    };
    redis = await startRedis(at("redis"), { ...tls, "tls-port": String(tlsPort), "tls-auth-clients": "optional" });
    const files = { ssl_cert_file: at("good.crt"), ssl_key_file: at("good.key") };
    postgres = await startPostgres(at("postgres"), { ssl: "on", ...files });
  });
  after(async () => {
    await (redis as RealRedis | undefined)?.stop();
    (postgres as RealPostgres | undefined)?.stop();
  });

  function show(what: string): void {
    redis.cli("config", "set", "tls-cert-file", at(`${what}.crt`), "tls-key-file", at(`redis/${what}.key`));
    postgres.sql(
      "postgres",
      `alter system set ssl_cert_file = '${at(`${what}.crt`)}'`,
      `alter system set ssl_key_file = '${at(`${what}.key`)}'`,
      "select pg_reload_conf()",
    );
  }
  /** Asked until the kind is the one: a session has seconds to open, and a busy machine may need more. */
  async function read(kind: string, port = tlsPort): Promise<Awaited<ReturnType<typeof readStores>>> {
    const address = "127.0.0.1";
    const { reading } = await pollUntil(
      async () => {
        const stores = await readStores({
          host: HOST,
          sql: connectPostgres({ address, port: postgres.port, password: POSTGRES_PASSWORD, tls: client }, "postgres"),
          redis: connectRedis({ address, port, password: REDIS_PASSWORD, tls: client }),
        });
        closeStores(stores);
        return stores;
      },
      ({ redis: one, timescaledb: other }) => one.answer.kind === kind && other.answer.kind === kind,
      { deadlineMs: 60_000, pauseMs: 200 },
    );
    return reading;
  }

  it("is none with a good certificate", async () => {
    const { redis: one, timescaledb: other } = await read("ready");
    expect([one.answer.kind, other.answer.kind], JSON.stringify([one.answer, other.answer])).to.deep.equal([
      "ready",
      "ready",
    ]);
  });

  for (const [what, code] of Object.entries(CASES)) {
    it(`is no silence but "cannot tell" with its code: ${what}`, async () => {
      show(what);
      const stores = await read("cannot-tell");
      for (const { answer, observed } of [stores.redis, stores.timescaledb]) {
        expect(answer.kind, JSON.stringify(answer)).to.equal("cannot-tell");
        const told = answer.kind === "cannot-tell" ? answer.code : "";
        expect(told).to.match(typeof code === "string" ? new RegExp(`^${code}$`) : code);
        expect(observed).to.include({ state: "unknown" });
        expect("reason" in observed ? observed.reason : "").to.match(new RegExp(`^cannot tell: ${told}: `));
        expect(judgeHealth(answer, RUNS)).to.deep.include({ status: "unknown" });
      }
    });
  }

  it("is the same at a port that does not encrypt", async () => {
    postgres.sql("postgres", "alter system set ssl = off", "select pg_reload_conf()");
    const { redis: one, timescaledb: other } = await read("cannot-tell", redis.port);
    expect(one.answer).to.include({ kind: "cannot-tell" });
    expect(one.answer.kind === "cannot-tell" ? one.answer.code : "").to.match(
      /^(no-encryption$|ERR_(SSL|TLS)_|EPROTO)/,
    );
    expect(other.answer).to.include({ kind: "cannot-tell", code: "no-encryption" });
  });
});
