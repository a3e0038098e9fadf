import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { connectPostgres } from "../../drills/hosts/postgres";
import { pollUntil } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { comparableRules } from "../../drills/hosts/findings/acl-rules";
import { openRedis, openSql } from "../../drills/hosts/sessions";
import { containerName } from "../../settings/names";
import { OWN_REDIS_USER_NAMES } from "../../settings/own-redis-users";
import { namedHosts } from "../../settings/pair";
import { openDefaultRedis } from "../support/default-redis";
import { pairRoles } from "../support/lab-pair";
import { openSuperuser } from "../support/superuser";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, understudy } from "../support/lab-stacks";

describe("the accounts of a running pair", function () {
  this.timeout(120_000);

  it("have no superuser over the network, on either host, and the drill's role instead", async () => {
    const [environment, credentials] = [labEnvironment(), await labCredentials()];
    for (const host of namedHosts(environment)) {
      const at = { address: host.address, port: environment.ports.postgres, password: credentials.postgres };
      // Plain nobody is let in; encrypted the password would do.
      for (const tls of [undefined, credentials.clients?.understudy_drill ?? expect.fail("no certificates")]) {
        const code = await connectPostgres({ ...at, tls: tls && { ca: tls.ca } }).then(
          (session) => session.end().then(() => "let in"),
          (error: unknown) => (error as { code?: string }).code,
        );
        expect(code, `${host.name}, ${tls === undefined ? "plain" : "encrypted"}`).to.equal("28000");
      }
      const session = await openSql(host, environment, credentials);
      expect(session.user, host.name).to.equal("understudy_drill");
      await session.end();
    }
  });

  it("have no session of the superuser from elsewhere, whatever watches and records", async () => {
    for (const host of namedHosts(labEnvironment())) {
      const sql = await openSuperuser(host);
      try {
        const { rows } = await sql.query<{ application: string }>(
          "select application_name as application from pg_stat_activity where usename = 'postgres' and client_addr is not null",
        );
        expect(rows, host.name).to.deep.equal([]);
      } finally {
        await sql.end();
      }
    }
  });

  it("have the same users of Redis on both hosts, an operator's among them, also after a restart", async () => {
    const [environment, credentials] = [labEnvironment(), await labCredentials()];
    const hosts = namedHosts(environment);
    const onEach = async (...words: string[]): Promise<unknown[]> => {
      const answers = [];
      for (const host of hosts) {
        const session = await openDefaultRedis(host, environment, credentials);
        answers.push(await session.command(...words).finally(() => session.close()));
      }
      return answers;
    };
    const lists = async (): Promise<string[][]> =>
      (await onEach("ACL", "LIST")).map((list) => (list as string[]).map(comparableRules).toSorted());
    const standby = hosts[(await pairRoles()).indexOf("standby")] ?? expect.fail("there is no standby");
    await onEach("ACL", "SETUSER", "e2e-shop", "on", `#${"a".repeat(64)}`, "~e2e:*", "+get");
    try {
      await onEach("ACL", "SAVE");
      const engine = connectEngine(standby);
      try {
        await engine.docker.getContainer(containerName("redis")).restart();
      } finally {
        engine.close();
      }
      const { reached } = await pollUntil(
        () => lists().catch(() => []),
        (read) => read.length === 2,
        { deadlineMs: 60_000, pauseMs: 500 },
      );
      expect(reached).to.equal(true);
      const [one, other] = await lists();
      expect(one).to.deep.equal(other);
      expect(one?.map((line) => line.split(" ")[1])).to.have.members(["default", "e2e-shop", ...OWN_REDIS_USER_NAMES]);
    } finally {
      await onEach("ACL", "DELUSER", "e2e-shop");
      await onEach("ACL", "SAVE");
    }
    const primary = hosts.find(({ name }) => name !== standby.name) ?? expect.fail();
    const session = await openDefaultRedis(primary, environment, credentials);
    const { reached } = await pollUntil(
      async () => String(await session.command("CLIENT", "LIST", "TYPE", "replica")),
      (list) => list.includes("user=understudy_replication"),
      { deadlineMs: 30_000, pauseMs: 500 },
    ).finally(() => session.close());
    expect(reached).to.equal(true);
  });

  // After a restart of the standby: a link that was made as `default` stays so until its next login.
  it("have no session of Redis' `default`, on either host, whatever watches, records and follows", async () => {
    const [environment, credentials] = [labEnvironment(), await labCredentials()];
    for (const host of namedHosts(environment)) {
      const own = await openRedis(host, environment, credentials);
      expect(own.user, host.name).to.equal("understudy_drill");
      own.close();
      const session = await openDefaultRedis(host, environment, credentials);
      try {
        const id = String(await session.command("CLIENT", "ID"));
        // Every child of the boot guard has asked several times by then.
        for (let turn = 0; turn < 40; turn += 1) {
          const clients = String(await session.command("CLIENT", "LIST")).split("\n");
          // One that has said nothing, such as in the midst of its handshake, is nobody's yet, and stands as `default`.
          const said = clients.filter((line) => !/ cmd=NULL /.test(line));
          const others = said.filter((line) => / user=default /.test(line) && !line.startsWith(`id=${id} `));
          expect(others, host.name).to.deep.equal([]);
          await sleep(200);
        }
      } finally {
        session.close();
      }
    }
  });

  it("are told by doctor, on both hosts", async () => {
    const { stdout } = await understudy("doctor", "--env-config", LAB_ENVIRONMENT, "--output", "json");
    const { findings } = JSON.parse(stdout) as { findings: { check: string; state: string; host: string }[] };
    const seen = findings.filter(({ check }) => check === "superuser").map(({ host, state }) => `${host} ${state}`);
    const both = namedHosts(labEnvironment()).map(({ name }) => `${name} good`);
    expect(seen).to.have.members(both);
    const users = findings.filter(({ check }) => check === "redis users").map(({ host, state }) => `${host} ${state}`);
    expect(users).to.have.members(both);
  });
});
