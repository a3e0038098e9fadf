import { execFileSync, spawnSync } from "node:child_process";
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { issueLeaf, makeAuthority } from "../../settings/certificates/issue";
import type { Authority } from "../../settings/certificates/stored";
import type { WantedLeaf } from "../../settings/certificates/wanted";
import { REPLICATION_USER } from "../../settings/names";
import { freePort } from "../support/free-port";
import { DAY_MS, serverLeaf } from "../support/issued";
import { POSTGRES_PASSWORD, startPostgres, type RealPostgres } from "../support/real-postgres";
import { REDIS_PASSWORD, startRedis, type RealRedis } from "../support/real-redis";
import { temporaryFolder } from "../support/temporary-folder";

const SERVER = serverLeaf("host-a", "127.0.0.1", "sample.understudy");
const CLIENT: WantedLeaf = {
  ...{ name: REPLICATION_USER, use: "client", commonName: REPLICATION_USER, names: [] },
};

/** What a server shows, and whether a client that checks everything takes it. */
const SHOWN: readonly (readonly [what: string, taken: boolean])[] = [
  ["good", true],
  ["of another CA", false],
  ["ended", false],
  ["not begun", false],
  ["without the address", false],
];

describe("certificates in the stores' own servers and clients", function () {
  this.timeout(120_000);
  this.slow(20_000);
  const folder = temporaryFolder();
  const at = (...parts: readonly string[]): string => path.join(folder(), ...parts);
  let authority: Authority;
  let ancient: Authority;

  before(async () => {
    const now = Date.now();
    [authority, ancient] = [await makeAuthority("sample", now), await makeAuthority("sample", now - 1000 * DAY_MS)];
    const foreign = await makeAuthority("sample", now);
    // Clients believe the first two: an old CA that ends no sooner than what it has signed.
    mkdirSync(at("tls"));
    const owner = Number(execFileSync("id", ["-u", "postgres"], { encoding: "utf8" }));
    const put = (name: string, text: string): void => {
      writeFileSync(at("tls", name), text, { mode: 0o600 });
      chownSync(at("tls", name), owner, owner);
    };
    chownSync(at("tls"), owner, owner);
    chownSync(folder(), owner, owner);
    put("ca.crt", [...authority.chain, ...ancient.chain].join(""));
    put("foreign.crt", foreign.chain.join(""));
    const leaves: Readonly<Record<string, readonly [WantedLeaf, Authority, number]>> = {
      good: [SERVER, authority, now],
      "of another CA": [SERVER, foreign, now],
      ended: [SERVER, ancient, now - 400 * DAY_MS],
      "not begun": [SERVER, authority, now + DAY_MS],
      "without the address": [serverLeaf("host-a", "10.0.0.3"), authority, now],
      client: [CLIENT, authority, now],
      "foreign client": [CLIENT, foreign, now],
    };
    for (const [name, [wanted, from, nowMs]] of Object.entries(leaves)) {
      const { certificate, key } = await issueLeaf(wanted, from, nowMs);
      put(`${name}.crt`, certificate);
      put(`${name}.key`, key);
    }
  });

  describe("PostgreSQL, by psql with sslmode=verify-full", () => {
    let server: RealPostgres;

    before(async () => {
      mkdirSync(at("pg"));
      server = await startPostgres(at("pg"), {
        ssl: "on",
        ssl_cert_file: at("tls/good.crt"),
        ssl_key_file: at("tls/good.key"),
        ssl_ca_file: at("tls/ca.crt"),
      });
      server.sql("postgres", `create role ${REPLICATION_USER} login`);
      const hba = path.join(server.data, "pg_hba.conf");
      const rules = `local all all trust\nhostssl all ${REPLICATION_USER} all cert\nhostssl all all all scram-sha-256\n`;
      writeFileSync(hba, rules);
    });
    after(() => server.stop());

    /** Shows another certificate from the next session on. */
    function show(what: string): void {
      server.sql(
        "postgres",
        `alter system set ssl_cert_file = '${at("tls", `${what}.crt`)}'`,
        `alter system set ssl_key_file = '${at("tls", `${what}.key`)}'`,
        "select pg_reload_conf()",
      );
    }

    function psql(user: string, client?: string): { status: number | null; said: string } {
      const shown =
        client === undefined
          ? "sslcert=/none"
          : `sslcert='${at("tls", `${client}.crt`)}' sslkey='${at("tls", `${client}.key`)}'`;
      const address = `host=127.0.0.1 port=${server.port} dbname=postgres user=${user} sslmode=verify-full sslrootcert='${at("tls/ca.crt")}' ${shown}`;
      const { status, stdout, stderr } = spawnSync("psql", ["-AtqX", address, "-c", "select current_user"], {
        ...{ encoding: "utf8", timeout: 20_000 },
        env: { ...process.env, PGPASSWORD: POSTGRES_PASSWORD },
      });
      return { status, said: `${stdout}${stderr}`.trim() };
    }

    for (const [what, taken] of SHOWN) {
      it(`one that is ${what} is ${taken ? "taken" : "refused"}`, () => {
        show(what);
        // The reload is carried out by the postmaster, a moment later.
        spawnSync("sleep", ["0.3"]);
        const { status, said } = psql("postgres");
        if (taken) expect([status, said]).to.deep.equal([0, "postgres"]);
        else expect(said).to.match(/certificate verify failed|server certificate for .* does not match/);
      });
    }

    it("a role is taken by its certificate, without a password, and by no other", () => {
      show("good");
      spawnSync("sleep", ["0.3"]);
      expect(psql(REPLICATION_USER, "client")).to.deep.equal({ status: 0, said: REPLICATION_USER });
      expect(psql(REPLICATION_USER).status).to.equal(2);
      expect(psql(REPLICATION_USER, "foreign client").status).to.equal(2);
    });
  });

  describe("Redis, by redis-cli", () => {
    let server: RealRedis | undefined;
    let port = 0;

    afterEach(() => server?.stop());

    async function show(what: string): Promise<void> {
      port = await freePort();
      mkdirSync(at(`redis-${port}`));
      server = await startRedis(at(`redis-${port}`), {
        ...{
          "tls-port": String(port),
          "tls-cert-file": at("tls", `${what}.crt`),
          "tls-key-file": at("tls", `${what}.key`),
        },
        "tls-ca-cert-file": at("tls/ca.crt"),
      });
    }

    function ping(client: string): string {
      const words = [
        "-h",
        "127.0.0.1",
        "-p",
        String(port),
        "--tls",
        "--cacert",
        at("tls/ca.crt"),
        "--cert",
        at("tls", `${client}.crt`),
        "--key",
        at("tls", `${client}.key`),
        "ping",
      ];
      const env = { ...process.env, REDISCLI_AUTH: REDIS_PASSWORD };
      const { stdout, stderr } = spawnSync("redis-cli", words, { encoding: "utf8", env, timeout: 20_000 });
      return `${stdout}${stderr}`.trim();
    }

    for (const [what, taken] of SHOWN) {
      // redis-cli looks at the CA and the times, and at no name: it has no way to be told one.
      const byRedisCli = taken || what === "without the address";
      it(`one that is ${what} is ${byRedisCli ? "taken" : "refused"}`, async () => {
        await show(what);
        if (byRedisCli) expect(ping("client")).to.equal("PONG");
        else expect(ping("client")).to.match(/certificate verify failed/);
      });
    }

    it("a client with another CA's is refused", async () => {
      await show("good");
      expect(ping("foreign client")).to.not.include("PONG");
    });
  });
});
