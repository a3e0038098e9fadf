import { expect } from "chai";
import { connectPostgres } from "../../drills/hosts/postgres";
import { openSql } from "../../drills/hosts/sessions";
import { namedHosts } from "../../settings/pair";
import { openSuperuser } from "../support/superuser";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, understudy } from "../support/lab-stacks";

describe("the accounts of a running pair", function () {
  this.timeout(120_000);

  it("have no superuser over the network, on either host, and the drill's role instead", async () => {
    const [environment, credentials] = [labEnvironment(), await labCredentials()];
    for (const host of namedHosts(environment)) {
      const at = { address: host.address, port: environment.ports.postgres, password: credentials.postgres };
      const code = await connectPostgres(at).then(
        (session) => session.end().then(() => "let in"),
        (error: unknown) => (error as { code?: string }).code,
      );
      expect(code, host.name).to.equal("28000");
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

  it("are told by doctor, on both hosts", async () => {
    const { stdout } = await understudy("doctor", "--env-config", LAB_ENVIRONMENT, "--output", "json");
    const { findings } = JSON.parse(stdout) as { findings: { check: string; state: string; host: string }[] };
    const seen = findings.filter(({ check }) => check === "superuser").map(({ host, state }) => `${host} ${state}`);
    expect(seen).to.have.members(namedHosts(labEnvironment()).map(({ name }) => `${name} good`));
  });
});
