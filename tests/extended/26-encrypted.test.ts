import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { connectPostgres } from "../../drills/hosts/postgres";
import { isEncrypted } from "../../drills/hosts/postgres-encryption";
import { openSql } from "../../drills/hosts/sessions";
import { postgresSign } from "../../drills/hosts/signs-of-life";
import type { Diagnosis } from "../../operator/doctor/doctor";
import { ownPassword } from "../../settings/own-roles";
import { namedHosts, type NamedHost } from "../../settings/pair";
import { good, untilWhole } from "../support/lab-pair";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, pulumi, understudy } from "../support/lab-stacks";
import { makeEncrypted, makePlain } from "../support/plain-lab";
import { openSuperuser } from "../support/superuser";

const SETTLED = { deadlineMs: 60_000, pauseMs: 1000 };

/** A session from elsewhere, and whether it is encrypted. */
interface Seen {
  readonly role: string;
  readonly application: string;
  readonly ssl: boolean;
}

/** Sessions of a host's server from outside its container. */
async function sessionsOf(host: NamedHost): Promise<readonly Seen[]> {
  const sql = await openSuperuser(host);
  try {
    const { rows } = await sql.query<Seen>(
      `select a.usename::text as role, a.application_name as application, s.ssl
         from pg_stat_activity a join pg_stat_ssl s using (pid)
        where a.client_addr is not null and not a.client_addr <<= '127.0.0.0/8' order by 1, 2`,
    );
    return rows;
  } finally {
    await sql.end();
  }
}

describe("PostgreSQL that is encrypted with the pair's certificates, on the lab", function () {
  this.timeout(900_000);

  before(() => untilWhole("host-a"));

  after(async () => {
    await makeEncrypted();
    await untilWhole("host-a");
  });

  it("is plain in the lab that is plain: the control", async () => {
    await makePlain();
    await untilWhole("host-a");
    for (const host of namedHosts(labEnvironment()))
      expect(
        (await sessionsOf(host)).filter(({ ssl }) => ssl),
        host.name,
      ).to.deep.equal([]);
  });

  it("goes from plain to required by one up, and no container is replaced", async () => {
    const before = await startedAt();
    await makeEncrypted();
    await untilWhole("host-a");
    expect(await startedAt(), "PostgreSQL runs since").to.deep.equal(before);
  });

  it("has no session from elsewhere that is plain, the replication among them", async () => {
    const [environment, credentials] = [labEnvironment(), await labCredentials()];
    for (const host of namedHosts(environment)) {
      const ours = await openSql(host, environment, credentials);
      try {
        expect(isEncrypted(ours)).to.equal(true);
        const { reading } = await pollUntil(
          () => sessionsOf(host),
          (all) => all.length > 0 && all.every(({ ssl }) => ssl),
          SETTLED,
        );
        expect(
          reading.filter(({ ssl }) => !ssl),
          host.name,
        ).to.deep.equal([]);
        expect(reading.map(({ role }) => role)).to.include("understudy_drill");
        if (host.name === "host-a") expect(reading.map(({ role }) => role)).to.include("understudy_replication");
      } finally {
        await ours.end();
      }
    }
  });

  it("has no key in a stack's state in the clear", async () => {
    for (const stack of ["primary", "standby"]) {
      const { stdout } = good(await pulumi("-s", stack, "stack", "export"));
      expect(stdout, stack).to.not.include("PRIVATE KEY");
    }
  });

  it("refuses who comes plain, on both hosts, with 28000", async () => {
    const [environment, credentials] = [labEnvironment(), await labCredentials()];
    for (const host of namedHosts(environment)) {
      const at = { address: host.address, port: environment.ports.postgres, user: "understudy_drill" };
      const said = await connectPostgres({ ...at, password: ownPassword(credentials, at.user) }).then(
        (session) => session.end().then(() => "let in"),
        (error: unknown) => postgresSign(error),
      );
      expect(said, host.name).to.deep.equal({ sign: "lives", code: "28000" });
    }
  });

  it("is good to doctor, on both hosts", async () => {
    const { stdout } = await understudy("doctor", "--env-config", LAB_ENVIRONMENT, "--output", "json");
    const { findings } = JSON.parse(stdout) as Diagnosis;
    const found = findings.filter(({ check }) => check === "encryption");
    expect(
      found.map(({ host, state, detail }) => `${host ?? ""} ${state} ${state === "good" ? "" : detail}`.trim()),
    ).to.have.members(["host-a good", "host-b good"]);
  });

  it("changes roles there and back, and follows encrypted after each", async () => {
    for (const to of ["host-b", "host-a"] as const) {
      good(await understudy("switchover", "--env-config", LAB_ENVIRONMENT, "--to", to, "--execute"));
      const { self } = { self: namedHosts(labEnvironment()).find(({ name }) => name === to) ?? expect.fail() };
      const { reading } = await pollUntil(
        () => sessionsOf(self),
        (all) => all.some(({ role, ssl }) => role === "understudy_replication" && ssl),
        SETTLED,
      );
      expect(
        reading.filter(({ ssl }) => !ssl),
        to,
      ).to.deep.equal([]);
    }
  });

  /** When each host's server was started. */
  async function startedAt(): Promise<readonly string[]> {
    return Promise.all(
      namedHosts(labEnvironment()).map(async (host) => {
        const sql = await openSuperuser(host);
        try {
          const { rows } = await sql.query<{ at: string }>("select pg_postmaster_start_time()::text as at");
          return rows[0]?.at ?? "";
        } finally {
          await sql.end();
        }
      }),
    );
  }
});
