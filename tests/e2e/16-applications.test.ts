import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createClient, type RedisClientType } from "@redis/client";
import { expect } from "chai";
import pg from "pg";
import { parse, stringify } from "yaml";
import { tlsOptions } from "../../drills/hosts/postgres-encryption";
import type { Diagnosis } from "../../operator/doctor/doctor";
import type { LifecycleOutcome } from "../../operator/lifecycle/up-pair";
import type { PairStatus } from "../../operator/status/pair-status";
import { namedHosts, type NamedHost } from "../../settings/pair";
import { exampleApplications, exampleSection } from "../support/documentation/example-applications";
import { good, pairRoles } from "../support/lab-pair";
import {
  labCredentials,
  labEnvironment,
  LAB_ENVIRONMENT,
  pulumi,
  understudy,
  type Finished,
} from "../support/lab-stacks";
import { declareEnvironment } from "../support/lab-with-backups";
import { openSuperuser } from "../support/superuser";
import { temporaryFolder } from "../support/temporary-folder";

const STACKS = ["primary", "standby"];
const DECLARED = exampleApplications();
/** The secrets of the example, and a password of each. */
const SECRETS = Object.values(DECLARED).flatMap(({ password }) => (password === undefined ? [] : [password]));
const passwordOf = (secret: string): string => `the lab's own, "${secret}" $1`;

describe("the applications that the page on configuration declares, on a running pair", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const file = (): string => path.join(folder(), "applications.yaml");
  let hosts: readonly NamedHost[];
  /** Whom the applications believe, PEM. */
  let ca: string;

  const declare = (applications: unknown): void => {
    const lab = parse(readFileSync(LAB_ENVIRONMENT, "utf8")) as object;
    writeFileSync(file(), stringify({ ...lab, applications }));
  };
  const setSecret = async (secret: string, value: string): Promise<void> => {
    for (const stack of STACKS)
      good(await pulumi("-s", stack, "config", "set", "--secret", `understudy:${secret}`, value));
  };
  const verb = (...words: readonly string[]): Promise<Finished> =>
    understudy(...words, "--env-config", file(), "--output", "json");
  const up = async (...words: readonly string[]): Promise<NonNullable<LifecycleOutcome["applications"]>> => {
    const outcome = JSON.parse(good(await verb("up", ...words)).stdout) as LifecycleOutcome;
    return outcome.applications ?? expect.fail("nothing is said of applications");
  };

  before(async () => {
    hosts = namedHosts(labEnvironment());
    ca = (await labCredentials()).clients?.understudy_drill?.ca ?? expect.fail("no certificates");
    declare(exampleSection());
    for (const secret of SECRETS) await setSecret(secret, passwordOf(secret));
    await declareEnvironment(file());
  });
  after(async () => {
    await declareEnvironment(LAB_ENVIRONMENT);
    for (const secret of SECRETS)
      for (const stack of STACKS) await pulumi("-s", stack, "config", "rm", `understudy:${secret}`);
    const superuser = await openSuperuser(await primary());
    try {
      for (const { databases } of Object.values(DECLARED))
        for (const name of Object.keys(databases))
          await superuser.query(`drop database if exists "${name}" with (force)`);
      for (const name of Object.keys(DECLARED)) await superuser.query(`drop role if exists "${name}"`);
    } finally {
      await superuser.end();
    }
    good(await understudy("up", "--env-config", LAB_ENVIRONMENT, "--execute"));
    // A user of Redis that is no longer declared stays, as one that somebody has made by hand.
    const names = Object.keys(DECLARED).filter((name) => DECLARED[name]?.redis !== undefined);
    for (const host of hosts) {
      const redis = await openRedisAs(host, undefined, (await labCredentials()).redis);
      await redis.sendCommand(["ACL", "DELUSER", ...names]);
      await redis.sendCommand(["ACL", "SAVE"]);
      redis.destroy();
    }
  });

  async function openRedisAs(
    { address }: NamedHost,
    username: string | undefined,
    password: string,
  ): Promise<RedisClientType> {
    const client: RedisClientType = createClient({
      socket: {
        ...{ host: address, port: labEnvironment().ports.redis_tls, tls: true, ...tlsOptions({ ca }, address) },
        ...{ connectTimeout: 3000, reconnectStrategy: false },
      },
      ...(username !== undefined && { username }),
      password,
      disableClientInfo: true,
    });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }

  async function primary(): Promise<NamedHost> {
    return hosts[(await pairRoles()).indexOf("primary")] ?? expect.fail("there is no primary");
  }

  /** Does something as an application on a host, over the network. */
  async function as<T>(
    name: string,
    database: string,
    use: (client: pg.Client) => Promise<T>,
    host?: NamedHost,
  ): Promise<T> {
    const { address } = host ?? (await primary());
    const client = new pg.Client({
      ...{ host: address, ssl: tlsOptions({ ca }, address) },
      port: labEnvironment().ports.postgres,
      user: name,
      database,
      password: passwordOf(DECLARED[name]?.password ?? ""),
      connectionTimeoutMillis: 10_000,
    });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end();
    }
  }
  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "done",
      (error: unknown) => (error as { code?: string }).code ?? String(error),
    );

  /** Each application does what it may on the primary, and not what it may not; `number` is a row of this time. */
  async function everyApplication(number: number): Promise<void> {
    for (const name of ["shop", "warehouse"]) {
      await as(name, name, async (client) => {
        await client.query("create table if not exists rows_of_its_own (id int primary key)");
        await client.query("insert into rows_of_its_own values ($1)", [number]);
      });
      const count = await as("reports", name, (client) => client.query("select from rows_of_its_own"));
      expect(count.rowCount, name).to.equal(number);
      const wrote = as("reports", name, (client) => client.query("delete from rows_of_its_own"));
      expect(await codeOf(wrote), name).to.equal("42501");
    }
    expect(await codeOf(as("shop", "warehouse", (client) => client.query("select 1")))).to.equal("42501");
  }

  it("are told by a dry run, which makes none of them", async () => {
    const { made, failure } = await up();
    expect(failure).to.equal(null);
    expect(made).to.include("role shop: make it, with the password understudy:shopPassword");
    expect(made).to.include("database warehouse: make it, owned by warehouse");
    expect(await codeOf(as("shop", "shop", () => Promise.resolve()))).to.equal("28P01");
  });

  it("are made by up, once, and work", async () => {
    expect((await up("--execute")).made).to.include("database shop: make it, owned by shop");
    expect(await up("--execute")).to.deep.equal({ made: [], notes: [], failure: null });
    await everyApplication(1);
  });

  it("leave no password in a stack's state or in what is printed", async () => {
    for (const stack of STACKS) {
      const state = good(await pulumi("-s", stack, "stack", "export")).stdout;
      for (const secret of SECRETS)
        expect(state.includes(JSON.stringify(passwordOf(secret)).slice(1, -1))).to.equal(false);
    }
    const { stdout, stderr } = await verb("up");
    for (const secret of SECRETS)
      expect(`${stdout}${stderr}`.includes(passwordOf(secret).slice(0, 24))).to.equal(false);
  });

  it("have their users in Redis, each with its keys alone", async () => {
    const client = await openRedisAs(await primary(), "shop", passwordOf("shopPassword"));
    try {
      expect(await client.sendCommand(["ROLE"])).to.include("master");
      await client.set("shop:1", "x");
      expect(await client.del("shop:1")).to.equal(1);
      expect(String(await client.get("other").catch(String))).to.include("NOPERM");
    } finally {
      client.destroy();
    }
  });

  it("are the same after a switchover and back, on both hosts, and nothing is made again", async () => {
    const [first, second] = [await primary(), hosts.find(({ name }) => name !== "host-a")];
    const other = first.name === second?.name ? "host-a" : (second?.name ?? expect.fail());
    for (const [at, to] of [other, first.name].entries()) {
      good(await understudy("switchover", "--env-config", file(), "--to", to, "--execute"));
      expect((await primary()).name).to.equal(to);
      await everyApplication(at + 2);
      for (const host of hosts)
        await as("reports", "shop", (client) => client.query("select from rows_of_its_own"), host);
      expect(await up("--execute")).to.deep.equal({ made: [], notes: [], failure: null });
    }
  });

  it("are refused with a secret that was only changed in the config, by its field", async () => {
    await setSecret("shopPassword", "another one");
    const { code, stdout, stderr } = await verb("up", "--execute");
    await setSecret("shopPassword", passwordOf("shopPassword"));
    expect(code).to.equal(3);
    expect(stdout + stderr).to.include("applications.shop.password: understudy:shopPassword is not the password");
    await as("shop", "shop", (client) => client.query("select 1"));
  });

  it("are named with what they own once they are no longer declared, and stay", async () => {
    const { shop, ...others } = exampleSection() as Record<string, unknown>;
    expect(shop).to.be.an("object");
    declare(others);
    const words = /no longer declared: role shop owns database shop, \d+ objects? in shop; it is not dropped/;
    const { findings } = JSON.parse((await verb("doctor")).stdout) as Diagnosis;
    const found = findings.filter(({ check }) => check === "applications").map(({ detail }) => detail);
    expect(found.join("\n")).to.match(words);
    const status = JSON.parse((await verb("status")).stdout) as PairStatus;
    expect(status.applications?.leftOver.join("\n")).to.match(words);
    expect((await up("--execute")).notes.join("\n")).to.match(words);
    await as("shop", "shop", (client) => client.query("select 1"));
    declare(exampleSection());
  });
});
