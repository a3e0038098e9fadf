import { createHash } from "node:crypto";
import { expect } from "chai";
import { declareService, ownVolumes, variables } from "./declared-service";
import { makeAuthority } from "../../../settings/certificates/issue";
import type { StackCertificates } from "../../../settings/certificates/stored";
import { bundleFrom } from "../../support/issued";
import { Timescaledb } from "../../../components/timescaledb";
import { ownPassword } from "../../../settings/own-roles";
import { publishedOn, sampleArgs, sampleEnvironment } from "./sample";

const declared = (hosts: 1 | 2 = 2, self = "host-a", overrides = {}): ReturnType<typeof declareService> =>
  declareService(
    "timescaledb",
    (args) => new Timescaledb("svc", { ...args, credentials: { postgres: "super-pw", replication: "stream-pw" } }),
    () => sampleArgs(sampleEnvironment(hosts, overrides), "timescaledb", self),
  );

describe("Timescaledb", () => {
  it("runs the boot guard as the postgres account, and is stopped by a fast shutdown with a minute's grace", async () => {
    const { component, container } = await declared();
    expect(component.type).to.equal("understudy:index:Timescaledb");
    expect(container.inputs).to.deep.include({
      user: "postgres",
      entrypoints: ["/bin/sh", "/understudy/guard.sh"],
      volumes: ownVolumes("timescaledb", "/var/lib/postgresql/data"),
      ports: [...publishedOn(5432, 15432)],
      shmSize: 256,
      stopSignal: "SIGINT",
      stopTimeout: 60,
      destroyGraceSeconds: 60,
    });
    expect(container.inputs).to.not.have.any.keys("command", "wait", "waitTimeout");
    expect(container.inputs["healthcheck"]).to.deep.include({ tests: ["CMD", "sh", "/understudy/health.sh"] });
  });

  it("tells the guard whom to ask and under which slot, and nothing about roles or passwords", async () => {
    const { container } = await declared(2, "host-b");
    expect(variables(container)).to.deep.equal({
      PGDATA: "/var/lib/postgresql/data/pgdata",
      NO_TS_TUNE: "true",
      UNDERSTUDY_ENVIRONMENT: "sample",
      UNDERSTUDY_HOST: "host-b",
      UNDERSTUDY_PEER_HOST: "host-a",
      UNDERSTUDY_PEER_ADDRESS: "203.0.113.1",
      UNDERSTUDY_PEER_PORT: "15432",
      UNDERSTUDY_PEER_TIMEOUT: "7",
      UNDERSTUDY_BOOT_POLICY: "resume",
      UNDERSTUDY_JOURNAL_DAYS: "7",
      UNDERSTUDY_SLOT: "understudy_host_b",
      UNDERSTUDY_REPLICATION_USER: "understudy_replication",
      UNDERSTUDY_GUARD_USER: "understudy_guard",
      UNDERSTUDY_SUPERUSER_OVER_NETWORK: "no",
    });
  });

  it("has nobody to ask when it stands alone", async () => {
    const { container } = await declared(1);
    expect(variables(container)).to.include({ UNDERSTUDY_PEER_HOST: "", UNDERSTUDY_PEER_ADDRESS: "" });
  });

  it("keeps each password in a file of its own, and in nothing else", async () => {
    const { files, reloaded, container } = await declared();
    const [at, guard] = ["/understudy/files/current", ownPassword({ postgres: "super-pw" }, "understudy_guard")];
    const passwords = ["postgres", "replication", "guard"].map((name) => `${at}/${name}`);
    expect(reloaded).to.have.members([...passwords, `${at}/pg_hba.conf`, `${at}/settings.conf`]);
    expect(passwords.map((file) => files[file])).to.deep.equal(["super-pw", "stream-pw", guard]);
    const others = { ...files, ...Object.fromEntries(passwords.map((file) => [file, ""])) };
    const shown = JSON.stringify([others, container.inputs]);
    expect(shown).to.not.match(/(super|stream)-pw/);
    expect(shown).to.not.include(guard);
  });

  it("uploads guard, agent and health check under the names they call each other by", async () => {
    const { uploads } = await declared();
    expect(uploads["/understudy/guard.sh"]).to.contain("decide_former_primary");
    expect(uploads["/understudy/agent.sh"]).to.contain("reach-peer");
    expect(uploads["/understudy/health.sh"]).to.contain("pg_isready");
    for (const text of Object.values(uploads)) {
      for (const [called = ""] of text.matchAll(/(?<![\w.}])\/understudy\/[a-z-]+\.sh/g))
        expect(uploads).to.have.property(called);
    }
    for (const part of ["common", "rejoin", "salvage", "rejoin-agent"])
      expect(uploads[`/understudy/${part}.sh`], part).to.match(/^#!\/bin\/sh\n/);
  });

  it("renders what replication and rewind need into postgresql.conf", async () => {
    const lines = (await declared()).files["/understudy/files/current/postgresql.conf"]?.split("\n");
    expect(lines).to.include.members([
      "listen_addresses = '*'",
      "password_encryption = scram-sha-256",
      "wal_level = replica",
      "wal_log_hints = on",
      "hot_standby = on",
      "max_wal_senders = 10",
      "max_replication_slots = 10",
      "wal_keep_size = 2048MB",
      "max_slot_wal_keep_size = 8192MB",
      "wal_retrieve_retry_interval = 100ms",
      "wal_sender_timeout = 10s",
      "wal_receiver_timeout = 10s",
      "wal_receiver_status_interval = 1s",
      "tcp_keepalives_idle = 10",
      "tcp_user_timeout = 60s",
      "timezone = 'UTC'",
    ]);
    expect(lines?.filter((line) => /^(primary_|synchronous_standby|restore_)/.test(line))).to.deep.equal([]);
  });

  it("includes the settings of its operator, which never replace the container", async () => {
    const settings = { timescaledb: { preload: ["auto_explain"], settings: { work_mem: "12MB" } } };
    const [plain, set] = [await declared(), await declared(2, "host-a", settings)];
    const file = (one: typeof plain, name: string): string => one.files[`/understudy/files/current/${name}`] ?? "";
    const include = "include_if_exists 'settings.conf'\n";
    const [whole, base] = [file(plain, "postgresql.conf"), file(plain, "postgresql.conf").slice(0, -include.length)];
    expect(whole).to.equal(`${base}${include}`);
    expect(file(plain, "settings.conf")).to.contain("\nshared_buffers = '250MB'\n");
    expect(file(set, "settings.conf")).to.contain("\nshared_preload_libraries = 'auto_explain'\nwork_mem = '12MB'\n");
    expect(set.container.inputs).to.deep.equal(plain.container.inputs);
    // As a version without such settings has it: its containers stay.
    const digest = createHash("sha256")
      .update(JSON.stringify([["postgresql.conf", base]]))
      .digest("hex");
    expect(plain.container.inputs["labels"]).to.deep.include({ label: "understudy.settings", value: digest });
  });

  it("lets a slot keep at least 4 GiB, however little WAL is kept besides", async () => {
    const { files } = await declared(2, "host-a", { replication: { wal_keep_mib: 0 } });
    expect(files["/understudy/files/current/postgresql.conf"]).to.contain("\nmax_slot_wal_keep_size = 4096MB\n");
  });

  it("lets the superuser in over the network only where the environment asks for it", async () => {
    const { container } = await declared(2, "host-a", { access: { superuser_over_network: true } });
    expect(variables(container)).to.include({ UNDERSTUDY_SUPERUSER_OVER_NETWORK: "yes" });
  });

  describe("with certificates", () => {
    let certificates: StackCertificates;
    before(async () => {
      const now = Date.now();
      certificates = await bundleFrom(sampleEnvironment(2), "host-a", await makeAuthority("sample", now), now);
    });
    const encrypting = (overrides = {}): ReturnType<typeof declareService> =>
      declareService(
        "timescaledb",
        (args) =>
          new Timescaledb("svc", {
            ...args,
            certificates,
            credentials: { postgres: "super-pw", replication: "stream-pw" },
          }),
        () => sampleArgs(sampleEnvironment(2, overrides), "timescaledb"),
      );
    const at = "/understudy/files/current";

    it("requires encryption by default, and no input of the container is another one for it", async () => {
      const [plain, { files, reloaded, container }] = [await declared(), await encrypting()];
      expect(container.inputs).to.deep.equal(plain.container.inputs);
      expect(files[`${at}/encryption`]).to.equal("required\n");
      expect(files[`${at}/server.key`]).to.equal(certificates.leaves["server"]?.key);
      expect(reloaded).to.include.members(
        ["encryption", "ca.crt", "server.crt", "server.key", "pg_hba.required.conf"].map((name) => `${at}/${name}`),
      );
    });

    it("refuses whoever comes plain from elsewhere, and wants our roles' own certificates", async () => {
      const lines = ((await encrypting()).files[`${at}/pg_hba.required.conf`] ?? "").split("\n");
      const rules = lines
        .filter((line) => line !== "" && !line.startsWith("#"))
        .map((line) => line.split(/\s+/).join(" "));
      const elsewhere = rules.filter((rule) => !rule.startsWith("local ") && !rule.includes(" 127.0.0.1/32 "));
      expect(elsewhere).to.deep.equal([
        "hostnossl replication all all reject",
        "hostnossl all all all reject",
        "hostssl replication understudy_replication all scram-sha-256 clientcert=verify-full",
        "hostssl replication all all reject",
        "hostssl all understudy_replication all reject",
        "hostssl all postgres all reject",
        "hostssl understudy understudy_drill,understudy_probe all scram-sha-256 clientcert=verify-full",
        "hostssl all understudy_drill,understudy_probe all reject",
        "hostssl understudy understudy_agent,understudy_exporter all scram-sha-256",
        "hostssl all understudy_agent,understudy_exporter all reject",
        "hostssl all understudy_guard all scram-sha-256 clientcert=verify-full",
        "hostssl all all all scram-sha-256",
      ]);
      const plain = ((await declared()).files[`${at}/pg_hba.conf`] ?? "")
        .split("\n")
        .map((line) => line.split(/\s+/).join(" "));
      const inside = rules
        .filter((rule) => rule.includes(" 127.0.0.1/32 "))
        .map((rule) => rule.replace("127.0.0.1/32", "all"));
      expect(inside).to.deep.equal(plain.filter((line) => line.startsWith("host ")));
    });

    it("takes both in the modes before that, and knows nothing of certificates in mode plain", async () => {
      const used = (await encrypting({ encryption: "used" })).files;
      expect(used).to.not.have.property(`${at}/pg_hba.required.conf`);
      expect(used[`${at}/encryption`]).to.equal("used\n");
      expect((await encrypting({ encryption: "plain" })).files).to.deep.equal((await declared()).files);
    });
  });

  it("lets the replication role replicate and nothing else, and asks everybody outside for a password", async () => {
    const rules = (await declared()).files["/understudy/files/current/pg_hba.conf"]
      ?.split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => line.split(/\s+/).join(" "));
    expect(rules).to.deep.equal([
      "local all all peer",
      "host replication understudy_replication all scram-sha-256",
      "host replication all all reject",
      "host all understudy_replication all reject",
      "host all postgres all reject",
      "host understudy understudy_drill,understudy_probe all scram-sha-256",
      "host all understudy_drill,understudy_probe all reject",
      "host understudy understudy_agent,understudy_exporter all scram-sha-256",
      "host all understudy_agent,understudy_exporter all reject",
      "host all all all scram-sha-256",
    ]);
  });
});
