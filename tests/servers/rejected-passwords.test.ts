import { spawn, type ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import path from "node:path";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { rejectedPasswords } from "../../drills/hosts/rejected-passwords";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import { sampleEnvironment } from "../unit/components/sample";
import { freePort } from "../support/free-port";
import { HAS_POSTGRES, RealPostgres } from "../support/trusting-postgres";
import { temporaryFolder } from "../support/temporary-folder";

const GOOD: Credentials = { postgres: "super", replication: "stream", redis: "hush", grafana: "x" };

describe("passwords that real stores do not accept", function () {
  this.timeout(60_000);
  let server: RealPostgres | undefined;
  let redis: ChildProcess | undefined;
  after(async () => {
    server?.stop();
    const ended = new Promise((resolve) => redis?.on("close", resolve));
    if (redis?.kill("SIGKILL")) await ended;
  });
  const folder = temporaryFolder();
  let environment: Environment;
  const host = { name: "host-a", address: "127.0.0.1" } as NamedHost;

  before(async function () {
    if (!HAS_POSTGRES) this.skip();
    server = await RealPostgres.start(folder(), { password_encryption: "scram-sha-256" });
    server.sql("postgres", "alter role postgres password 'super'", "create database understudy");
    const lines = ["local all all trust", "host replication all all scram-sha-256", "host all all all scram-sha-256"];
    writeFileSync(path.join(server.pgdata, "pg_hba.conf"), `${lines.join("\n")}\n`);
    server.sql("postgres", "select pg_reload_conf()");
    const port = await freePort();
    const words = [
      "--port",
      String(port),
      "--requirepass",
      "hush",
      "--save",
      "",
      "--dir",
      folder(),
      "--bind",
      "127.0.0.1",
    ];
    redis = spawn("redis-server", words, { stdio: "ignore" });
    await pollUntil(
      () =>
        new Promise<boolean>((resolve) => {
          const socket = createConnection(port, "127.0.0.1");
          socket.on("connect", () => {
            socket.destroy();
            resolve(true);
          });
          socket.on("error", () => resolve(false));
        }),
      Boolean,
      { deadlineMs: 10_000, pauseMs: 50 },
    );
    environment = {
      ...sampleEnvironment(2),
      ports: { ...sampleEnvironment(2).ports, postgres: server.port, redis: port },
    };
  });

  const rejected = (changed: Partial<Credentials>): Promise<readonly string[]> =>
    rejectedPasswords(host, environment, { ...GOOD, ...changed });

  it("are none where all is as it was, also before there is a role to stream with", async () => {
    expect(await rejected({})).to.deep.equal([]);
    expect(await rejected({ replication: "other" })).to.deep.equal([]);
  });

  it("are named each, by the server's code", async () => {
    server?.sql("postgres", "create role understudy_replication with login replication password 'stream'");
    expect(await rejected({})).to.deep.equal([]);
    expect(await rejected({ postgres: "other" })).to.deep.equal(["postgres"]);
    expect(await rejected({ replication: "other" })).to.deep.equal(["replication"]);
    expect(await rejected({ redis: "other" })).to.deep.equal(["redis"]);
    expect(await rejected({ postgres: "other", redis: "other" })).to.deep.equal(["postgres", "redis"]);
  });

  it("are not told of stores that do not answer, or have no session left", async () => {
    const nobody = {
      ...environment,
      ports: { ...environment.ports, postgres: await freePort(), redis: await freePort() },
    };
    expect(await rejectedPasswords(host, nobody, { ...GOOD, postgres: "other", redis: "other" })).to.deep.equal([]);
  });
});
