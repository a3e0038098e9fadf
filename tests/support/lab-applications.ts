import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createClient, type RedisClientType } from "@redis/client";
import { expect } from "chai";
import pg from "pg";
import { parse, stringify } from "yaml";
import { tlsOptions } from "../../drills/hosts/postgres-encryption";
import type { LifecycleOutcome } from "../../operator/lifecycle/up-pair";
import { namedHosts, type NamedHost } from "../../settings/pair";
import { exampleApplications, exampleSection } from "./documentation/example-applications";
import { good, pairRoles } from "./lab-pair";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, pulumi, understudy, type Finished } from "./lab-stacks";
import { declareEnvironment } from "./lab-with-backups";
import { openSuperuser } from "./superuser";
import { temporaryFolder } from "./temporary-folder";

const DECLARED = exampleApplications();

/** The lab's two stacks. */
export const STACKS = ["primary", "standby"];

/** The secrets of the example. */
export const SECRETS = Object.values(DECLARED).flatMap(({ password }) => (password === undefined ? [] : [password]));

/** The password that a secret of the example has here. */
export const passwordOf = (secret: string): string => `the lab's own, "${secret}" $1`;

/** What `up` has said of the applications, and all that it printed. */
export interface Upped {
  readonly applications: NonNullable<LifecycleOutcome["applications"]>;
  readonly printed: string;
}

/** SQLSTATE of what was refused, `done` where nothing was. */
export function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "done",
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );
}

/** The applications of the example in the reference of the configuration, on the lab's pair. */
export class LabApplications {
  hosts: readonly NamedHost[] = [];
  /** Whom they believe, PEM. */
  #ca = "";

  constructor(private readonly folder: () => string) {}

  /** The environment file that declares them. */
  get file(): string {
    return path.join(this.folder(), "applications.yaml");
  }

  /** Declares these applications; nothing is made by it. */
  declare(applications: unknown): void {
    const lab = parse(readFileSync(LAB_ENVIRONMENT, "utf8")) as object;
    writeFileSync(this.file, stringify({ ...lab, applications }));
  }

  /** Gives both stacks a secret. */
  async setSecret(secret: string, value: string): Promise<void> {
    for (const stack of STACKS)
      good(await pulumi("-s", stack, "config", "set", "--secret", `understudy:${secret}`, value));
  }

  /** Runs a verb of the pair that has them. */
  verb(...words: readonly string[]): Promise<Finished> {
    return understudy(...words, "--env-config", this.file, "--output", "json");
  }

  /** Runs `up`, which must end well. */
  async up(...words: readonly string[]): Promise<Upped> {
    const { stdout, stderr } = good(await this.verb("up", ...words));
    const { applications } = JSON.parse(stdout) as LifecycleOutcome;
    return { applications: applications ?? expect.fail("nothing is said of applications"), printed: stdout + stderr };
  }

  /** Declares the example on both stacks, each secret set. */
  async begin(): Promise<void> {
    this.hosts = namedHosts(labEnvironment());
    this.#ca = (await labCredentials()).clients?.understudy_drill?.ca ?? expect.fail("no certificates");
    this.declare(exampleSection());
    for (const secret of SECRETS) await this.setSecret(secret, passwordOf(secret));
    await declareEnvironment(this.file);
  }

  /** Takes them away again, with what they have. */
  async end(): Promise<void> {
    await declareEnvironment(LAB_ENVIRONMENT);
    for (const secret of SECRETS)
      for (const stack of STACKS) await pulumi("-s", stack, "config", "rm", `understudy:${secret}`);
    const superuser = await openSuperuser(await this.primary());
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
    for (const host of this.hosts) {
      const redis = await this.openRedisAs(host, undefined, (await labCredentials()).redis);
      await redis.sendCommand(["ACL", "DELUSER", ...names]);
      await redis.sendCommand(["ACL", "SAVE"]);
      redis.destroy();
    }
  }

  /** A connection to a host's Redis over the network; `default`'s without a name. */
  async openRedisAs({ address }: NamedHost, username: string | undefined, password: string): Promise<RedisClientType> {
    const client: RedisClientType = createClient({
      socket: {
        ...{ host: address, port: labEnvironment().ports.redis_tls, tls: true },
        ...tlsOptions({ ca: this.#ca }, address),
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

  /** The host that is primary. */
  async primary(): Promise<NamedHost> {
    return this.hosts[(await pairRoles()).indexOf("primary")] ?? expect.fail("there is no primary");
  }

  /** Does something as an application on a host, over the network; on the primary when none is named. */
  async as<T>(name: string, database: string, use: (client: pg.Client) => Promise<T>, host?: NamedHost): Promise<T> {
    const { address } = host ?? (await this.primary());
    const client = new pg.Client({
      ...{ host: address, ssl: tlsOptions({ ca: this.#ca }, address) },
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

  /** Each application does what it may on the primary, and not what it may not; `number` is a row of this time. */
  async everyOne(number: number): Promise<void> {
    for (const name of ["shop", "warehouse"]) {
      await this.as(name, name, async (client) => {
        await client.query("create table if not exists rows_of_its_own (id int primary key)");
        await client.query("insert into rows_of_its_own values ($1)", [number]);
      });
      const count = await this.as("reports", name, (client) => client.query("select from rows_of_its_own"));
      expect(count.rowCount, name).to.equal(number);
      const wrote = this.as("reports", name, (client) => client.query("delete from rows_of_its_own"));
      expect(await codeOf(wrote), name).to.equal("42501");
    }
    expect(await codeOf(this.as("shop", "warehouse", (client) => client.query("select 1")))).to.equal("42501");
  }

  /** Makes the other host the primary, where all is as before; on both hosts their rows are read. @param number as above */
  async afterASwitchover(number: number): Promise<Upped> {
    const former = await this.primary();
    const to = this.hosts.find(({ name }) => name !== former.name)?.name ?? expect.fail("there is one host");
    good(await understudy("switchover", "--env-config", this.file, "--to", to, "--execute"));
    expect((await this.primary()).name).to.equal(to);
    await this.everyOne(number);
    for (const host of this.hosts)
      await this.as("reports", "shop", (client) => client.query("select from rows_of_its_own"), host);
    const upped = await this.up("--execute");
    expect(upped.applications).to.deep.equal({ made: [], notes: [], failure: null });
    return upped;
  }
}

/** They are declared for the tests of one `describe`, and gone after them. */
export function labApplications(): LabApplications {
  const folder = temporaryFolder();
  const applications = new LabApplications(folder);
  before(() => applications.begin());
  after(() => applications.end());
  return applications;
}
