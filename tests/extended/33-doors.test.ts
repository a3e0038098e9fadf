import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { startLoad, type RunningLoad } from "../../drills/clients/client-load";
import { scramVerifier } from "../../drills/bootstrap/scram";
import { clientErrorsOf } from "../../evidence/client-figures";
import { EVENTS_TABLE } from "../../settings/names";
import { loadEnvironment } from "../../settings/load-environment";
import { namedHosts } from "../../settings/pair";
import { good, untilWhole, type HostName } from "../support/lab-pair";
import { declareEnvironment, onEngine } from "../support/lab-with-backups";
import { LAB_ENVIRONMENT, labCredentials, understudy } from "../support/lab-stacks";
import { upAs } from "../support/plain-lab";
import { localServer } from "../../drills/hosts/local-postgres";

const DOORS = "configs/deploy/environments/lab_doors.yaml";
const SHOP = { user: "shop", password: "the shop's own" };

/** Not run yet: written beside tests/servers/doors.test.ts, which runs the same programs without containers. */
describe("doors on the lab", function () {
  this.timeout(1_200_000);
  let loads: RunningLoad[] = [];

  before(async () => {
    await declareEnvironment(DOORS);
    // The doors' own certificates, from the CA of the lab.
    good(await understudy("certificates", "--env-config", DOORS, "--execute"));
    await upAs(DOORS);
    await untilWhole("host-a");
    await onEngine("host-a", async ({ docker }) => {
      const server = localServer(docker, "host-a");
      const sql = await server.open("understudy");
      await sql.query(`create role shop login password '${scramVerifier(SHOP.password)}'`);
      await sql.query("grant usage on schema understudy to shop");
      await sql.query(`grant select, insert on ${EVENTS_TABLE} to shop`);
      server.close();
    });
  });

  after(async () => {
    await Promise.all(loads.map((load) => load.abort()));
    await upAs(LAB_ENVIRONMENT);
    await untilWhole("host-a");
  });

  async function load(run: string): Promise<void> {
    const environment = loadEnvironment(DOORS);
    const credentials = await labCredentials();
    const tls = credentials.clients?.understudy_probe ?? expect.fail("no certificates");
    const { door_postgres, door_redis } = environment.ports;
    const started = await Promise.all(
      namedHosts(environment).flatMap(({ name, address: host }) => [
        startLoad({
          ...{ driver: "node-postgres", run: `${run}/${name}/pg`, route: "door", tls, ...SHOP },
          ...{ addresses: [{ host, port: door_postgres }], originNs: String(process.hrtime.bigint()) },
        }),
        startLoad({
          ...{ driver: "redis-py", run: `${run}/${name}/redis`, route: "door", tls, resend: true },
          ...{ user: "default", password: credentials.redis, addresses: [{ host, port: door_redis }] },
          originNs: String(process.hrtime.bigint()),
        }),
      ]),
    );
    loads = started.map((one) => ("reason" in one ? expect.fail(`${one.driver}: ${one.reason}`) : one));
    await Promise.all(loads.map(({ ready }) => ready));
  }

  async function errors(): Promise<number> {
    const ended = await Promise.all(loads.map((one) => one.finish()));
    loads = [];
    return ended.reduce((sum, one) => sum + clientErrorsOf(one), 0);
  }

  for (const to of ["host-b", "host-a"] as const satisfies readonly HostName[])
    it(`lead their clients through a switchover to ${to} without a failed statement`, async () => {
      await load(`to-${to}`);
      good(await understudy("switchover", "--env-config", DOORS, "--to", to, "--execute"));
      await sleep(2000);
      expect(await errors()).to.equal(0);
      await untilWhole(to);
    });
});
