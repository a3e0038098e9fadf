import { readFileSync } from "node:fs";
import path from "node:path";
import tls from "node:tls";
import { createClient, type RedisClientType } from "@redis/client";
import { expect } from "chai";
import pg from "pg";
import { connectEngine } from "../../drills/hosts/engine";
import { readInContainer } from "../../drills/hosts/run-in-container";
import { containerName, filePath } from "../../settings/names";
import { namedHosts, type NamedHost } from "../../settings/pair";
import { pairRoles } from "./lab-pair";
import { labCredentials, labEnvironment } from "./lab-stacks";
import { openSuperuser } from "./superuser";

const PAGE = readFileSync(path.resolve(__dirname, "../../docs/CONNECT.md"), "utf8");
const PASSWORD = "a test's own, of this lab";

/** The blocks of the page in one language, in its order. */
function blocks(language: string): readonly string[] {
  return [...PAGE.matchAll(new RegExp("```" + language + "\\n([\\s\\S]*?)```", "g"))].map(([, text = ""]) => text);
}

type ConnectPg = (hosts: readonly string[], settings: object, ca: string) => Promise<pg.Client>;
type ConnectRedis = (
  addresses: readonly { host: string; port: number }[],
  password: string,
  ca: string,
) => Promise<RedisClientType>;

/** The page's own functions. */
function pageFunctions(): { toPostgres: ConnectPg; toRedis: ConnectRedis } {
  const body = `${blocks("js").join("\n")}\nreturn { toPostgres: connectToPrimary, toRedis: connectToRedisPrimary };`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- what the page says is what is tried
  const make = new Function("pg", "createClient", "tls", body) as (
    ...all: unknown[]
  ) => ReturnType<typeof pageFunctions>;
  return make(pg, createClient, tls);
}

/** What the page on connecting says, done on the lab's pair. */
export class ConnectPage {
  readonly #page = pageFunctions();
  #redisPassword = "";
  #ca = "";

  get #hosts(): readonly NamedHost[] {
    return namedHosts(labEnvironment());
  }

  /** Makes the page's role and database on the primary. */
  async begin(): Promise<void> {
    const { redis, clients } = await labCredentials();
    this.#redisPassword = redis;
    this.#ca = clients?.understudy_drill?.ca ?? expect.fail("no certificates");
    const superuser = await openSuperuser(await this.#primary());
    try {
      const statements = (blocks("sql")[0] ?? "").split("\n").filter((line) => /^create /.test(line));
      expect(statements).to.have.length(2);
      await superuser.query("drop database if exists shop");
      await superuser.query("drop role if exists shop");
      for (const statement of statements) await superuser.query(statement);
      await superuser.query(`alter role shop password '${PASSWORD.replaceAll("'", "''")}'`);
    } finally {
      await superuser.end();
    }
  }

  /** Takes both away again. */
  async end(): Promise<void> {
    const superuser = await openSuperuser(await this.#primary());
    await superuser.query("drop database if exists shop").catch(() => undefined);
    await superuser.query("drop role if exists shop").catch(() => undefined);
    await superuser.end();
  }

  async #primary(): Promise<NamedHost> {
    const at = (await pairRoles()).indexOf("primary");
    return this.#hosts[at] ?? expect.fail("there is no primary");
  }

  /** What each way of the page does, against both addresses; `number` counts the times. */
  async everyWay(number: number): Promise<void> {
    const { ports } = labEnvironment();
    const client = await this.#page.toPostgres(
      this.#hosts.map(({ address }) => address),
      { port: ports.postgres, user: "shop", password: PASSWORD, database: "shop" },
      this.#ca,
    );
    await client.query("create table if not exists orders (id int primary key)");
    await client.query("insert into orders values ($1)", [number]);
    const { rows } = await client.query<{ address: string }>("select host(inet_server_addr()) as address");
    expect(rows).to.have.length(1);
    await client.end();

    const redis = await this.#page.toRedis(
      this.#hosts.map(({ address }) => ({ host: address, port: ports.redis_tls })),
      this.#redisPassword,
      this.#ca,
    );
    await redis.set(`connect-page:${number}`, "1");
    redis.destroy();
    expect(await this.#byPsql("select count(*) from orders")).to.equal(String(number));
  }

  /** The page's string for libpq, from a container of the other host. */
  async #byPsql(query: string): Promise<string> {
    const string = /`(postgresql:\/\/shop@[^`]+)`/.exec(PAGE)?.[1] ?? expect.fail("no string for libpq");
    const encrypted = /libpq[^`\n]*: add `(&sslmode=[^`]+)`/.exec(PAGE)?.[1] ?? expect.fail("not how it encrypts");
    const { ports } = labEnvironment();
    const [a, b] = this.#hosts as readonly [NamedHost, NamedHost];
    const url = `${string}${encrypted}`
      .replace("host-a.example:5432", `${a.address}:${ports.postgres}`)
      .replace("host-b.example:5432", `${b.address}:${ports.postgres}`)
      .replace("understudy-ca.pem", filePath("ca.crt"));
    const engine = connectEngine(b);
    try {
      const words = ["env", `PGPASSWORD=${PASSWORD}`, "psql", "-X", "-Atq", url, "-c", query];
      return (await readInContainer(engine.docker, containerName("timescaledb"), words)).trim();
    } finally {
      engine.close();
    }
  }
}
