import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import tls from "node:tls";
import { createClient, type RedisClientType } from "@redis/client";
import { expect } from "chai";
import pg from "pg";
import { issueLeaf, makeAuthority } from "../../settings/certificates/issue";
import { freePort } from "../support/free-port";
import { serverLeaf } from "../support/issued";
import { POSTGRES_PASSWORD, startPostgres, type RealPostgres } from "../support/real-postgres";
import { REDIS_PASSWORD, startRedis, type RealRedis } from "../support/real-redis";
import { temporaryFolder } from "../support/temporary-folder";

const PAGE = readFileSync(path.resolve(__dirname, "../../docs/CONNECT.md"), "utf8");
/** The certificate stands for the first; the server answers on both. */
const [ADDRESS, OTHER] = ["127.0.0.1", "127.0.0.2"] as const;

interface PageFunctions {
  readonly toPostgres: (hosts: readonly string[], settings: object, ca?: string) => Promise<pg.Client>;
  readonly toRedis: (
    addresses: readonly { host: string; port: number }[],
    password: string,
    ca?: string,
  ) => Promise<RedisClientType>;
}

function pageFunctions(): PageFunctions {
  const blocks = [...PAGE.matchAll(/```js\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
  const body = `${blocks.join("\n")}\nreturn { toPostgres: connectToPrimary, toRedis: connectToRedisPrimary };`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- what the page says is what is tried
  const make = new Function("pg", "createClient", "tls", body) as (...all: unknown[]) => PageFunctions;
  return make(pg, createClient, tls);
}

describe("the functions of the page on connecting, where a pair encrypts", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const { toPostgres, toRedis } = pageFunctions();
  let ca: string;
  let foreign: string;
  let files: { readonly cert: string; readonly key: string; readonly ca: string };

  before(async () => {
    const now = Date.now();
    const [authority, another] = await Promise.all([makeAuthority("sample", now), makeAuthority("sample", now)]);
    [ca, foreign] = [authority.chain.join(""), another.chain.join("")];
    const leaf = await issueLeaf(serverLeaf("host-a", ADDRESS), authority, now);
    const owner = Number(execFileSync("id", ["-u", "postgres"], { encoding: "utf8" }));
    const at = path.join(folder(), "tls");
    mkdirSync(at);
    const put = (name: string, text: string): string => {
      writeFileSync(path.join(at, name), text, { mode: 0o600 });
      chownSync(path.join(at, name), owner, owner);
      return path.join(at, name);
    };
    for (const one of [folder(), at]) chownSync(one, owner, owner);
    files = { cert: put("server.crt", leaf.certificate), key: put("server.key", leaf.key), ca: put("ca.crt", ca) };
  });

  describe("PostgreSQL", () => {
    let server: RealPostgres;
    const settings = (): object => ({
      ...{ port: server.port, user: "postgres", password: POSTGRES_PASSWORD, database: "postgres" },
    });

    before(async () => {
      mkdirSync(path.join(folder(), "pg"));
      const encrypts = { ssl: "on", ssl_cert_file: files.cert, ssl_key_file: files.key };
      server = await startPostgres(path.join(folder(), "pg"), { ...encrypts, listen_addresses: `${ADDRESS},${OTHER}` });
      const rules = "local all all trust\nhostssl all all 127.0.0.0/8 scram-sha-256\n";
      writeFileSync(path.join(server.data, "pg_hba.conf"), rules);
      server.sql("postgres", "select pg_reload_conf()");
    });
    after(() => server.stop());

    it("is reached encrypted, by whom believes its CA", async () => {
      const client = await toPostgres([ADDRESS], settings(), ca);
      const { rows } = await client.query<{ ssl: boolean }>("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
      await client.end();
      expect(rows).to.deep.equal([{ ssl: true }]);
    });

    it("is not believed with another CA, nor at an address that its certificate does not have, and lets nobody in plain", async () => {
      const said = (hosts: readonly string[], believed?: string): Promise<string> =>
        toPostgres(hosts, settings(), believed).then(() => "let in", String);
      expect(await said([ADDRESS], foreign)).to.match(/no primary: 127\.0\.0\.1: .*certificate/);
      expect(await said([OTHER], ca)).to.match(/no primary: 127\.0\.0\.2: .*altnames/);
      expect(await said([ADDRESS])).to.match(/no primary: 127\.0\.0\.1: no pg_hba\.conf entry/);
    });
  });

  describe("Redis", () => {
    let server: RealRedis;
    let port: number;

    before(async () => {
      port = await freePort();
      mkdirSync(path.join(folder(), "redis"));
      server = await startRedis(path.join(folder(), "redis"), {
        ...{ "tls-port": String(port), "tls-cert-file": files.cert, "tls-key-file": files.key },
        ...{ "tls-ca-cert-file": files.ca, "tls-auth-clients": "optional", bind: `${ADDRESS} ${OTHER}` },
      });
    });
    after(() => server.stop());

    it("is reached encrypted, by whom believes its CA", async () => {
      const client = await toRedis([{ host: ADDRESS, port }], REDIS_PASSWORD, ca);
      expect(await client.ping()).to.equal("PONG");
      client.destroy();
    });

    it("is not believed with another CA, nor at an address that its certificate does not have", async () => {
      const said = (host: string, believed: string): Promise<string> =>
        toRedis([{ host, port }], REDIS_PASSWORD, believed).then(() => "let in", String);
      expect(await said(ADDRESS, foreign)).to.match(/no primary: 127\.0\.0\.1: .*certificate/);
      expect(await said(OTHER, ca)).to.match(/no primary: 127\.0\.0\.2: .*altnames/);
    });
  });
});
