import { expect } from "chai";
import { declareService, ownVolumes, variables } from "./declared-service";
import { Redis } from "../../../components/redis";
import { makeAuthority } from "../../../settings/certificates/issue";
import type { StackCertificates } from "../../../settings/certificates/stored";
import { bundleFrom } from "../../support/issued";
import { publishedOn, sampleArgs, sampleEnvironment } from "./sample";

const PASSWORD = 'xyzzy"plugh';
const declared = (hosts: 1 | 2 = 2, self = "host-a"): ReturnType<typeof declareService> =>
  declareService(
    "redis",
    (args) => new Redis("svc", { ...args, credentials: { redis: PASSWORD, postgres: "p" } }),
    () => sampleArgs(sampleEnvironment(hosts), "redis", self),
  );

describe("Redis", () => {
  it("runs the boot guard as the redis account on its data volume", async () => {
    const { component, container } = await declared();
    expect(component.type).to.equal("understudy:index:Redis");
    expect(container.inputs).to.deep.include({
      user: "redis",
      entrypoints: ["/bin/sh", "/understudy/guard.sh"],
      volumes: ownVolumes("redis", "/data"),
      ports: [...publishedOn(6379, 16379)],
      stopSignal: "SIGTERM",
      stopTimeout: 30,
      destroyGraceSeconds: 30,
    });
    expect(container.inputs).to.not.have.property("command");
  });

  it("is checked by the guard's own script and not waited for: at first boot it is held", async () => {
    const { container } = await declared();
    expect(container.inputs["healthcheck"]).to.deep.include({
      tests: ["CMD", "sh", "/understudy/health.sh"],
      interval: "10s",
    });
    expect(container.inputs).to.not.have.any.keys("wait", "waitTimeout");
  });

  it("tells the guard whom to ask, and nothing about roles or passwords", async () => {
    const { container } = await declared(2, "host-b");
    expect(variables(container)).to.deep.equal({
      UNDERSTUDY_ENVIRONMENT: "sample",
      UNDERSTUDY_HOST: "host-b",
      UNDERSTUDY_PEER_HOST: "host-a",
      UNDERSTUDY_PEER_ADDRESS: "203.0.113.1",
      UNDERSTUDY_PEER_PORT: "16379",
      UNDERSTUDY_PEER_TIMEOUT: "7",
      UNDERSTUDY_BOOT_POLICY: "resume",
      UNDERSTUDY_JOURNAL_DAYS: "7",
    });
  });

  describe("with certificates", () => {
    let certificates: StackCertificates;
    before(async () => {
      const now = Date.now();
      certificates = await bundleFrom(sampleEnvironment(2), "host-a", await makeAuthority("sample", now), now);
    });
    const encrypting = (overrides: Record<string, unknown> = {}): ReturnType<typeof declareService> =>
      declareService(
        "redis",
        (args) => new Redis("svc", { ...args, certificates, credentials: { redis: PASSWORD, postgres: "p" } }),
        () => sampleArgs(sampleEnvironment(2, overrides), "redis"),
      );
    const at = "/understudy/files/current";

    it("is in mode plain what it is without them, byte for byte", async () => {
      const [without, plain] = [await declared(), await encrypting({ encryption: "plain" })];
      expect(plain.container.inputs).to.deep.equal(without.container.inputs);
      expect(plain.files).to.deep.equal(without.files);
      expect(plain.uploads).to.deep.equal(without.uploads);
    });

    it("publishes one more port in the other modes, and no input of the container differs between these", async () => {
      const [without, required] = [await declared(), await encrypting()];
      expect(required.container.inputs["ports"]).to.deep.equal([
        ...publishedOn(6379, 16379),
        ...publishedOn(6380, 6380),
      ]);
      expect(variables(required.container)).to.deep.equal({
        ...variables(without.container),
        UNDERSTUDY_PEER_TLS_PORT: "6380",
      });
      expect(required.files[`${at}/redis.conf`]).to.equal(without.files[`${at}/redis.conf`]);
      for (const mode of ["accepted", "used"]) {
        const other = await encrypting({ encryption: mode });
        expect(other.container.inputs, mode).to.deep.equal(required.container.inputs);
        expect(other.files, mode).to.deep.equal({ ...required.files, [`${at}/encryption`]: `${mode}\n` });
      }
    });

    it("has what it shows and whom it believes in files that are read anew", async () => {
      const { files, reloaded } = await encrypting();
      expect(files[`${at}/encryption`]).to.equal("required\n");
      expect(files[`${at}/server.key`]).to.equal(certificates.leaves["server"]?.key);
      const names = ["server", "guard-client", "replication-client"].flatMap((one) => [`${one}.crt`, `${one}.key`]);
      expect(reloaded).to.include.members(["encryption", "ca.crt", ...names].map((name) => `${at}/${name}`));
    });
  });

  it("has nobody to ask when it stands alone", async () => {
    const { container } = await declared(1);
    expect(variables(container)).to.include({ UNDERSTUDY_PEER_HOST: "", UNDERSTUDY_PEER_ADDRESS: "" });
  });

  it("keeps passwords in its files, and in nothing else", async () => {
    const { files, reloaded, container } = await declared();
    const at = "/understudy/files/current";
    const secrets = ["secrets.conf", "redis", "guard", "replication", "users.acl"];
    expect(reloaded).to.have.members([...secrets, "settings.conf"].map((name) => `${at}/${name}`));
    expect(files[`${at}/redis`]).to.equal(PASSWORD);
    expect(files[`${at}/secrets.conf`]).to.equal('requirepass "xyzzy\\"plugh"\nmasterauth "xyzzy\\"plugh"\n');
    const [guard, replication] = [files[`${at}/guard`] ?? "", files[`${at}/replication`] ?? ""];
    expect([guard, replication].every((one) => /^[A-Za-z0-9_-]{43}$/.test(one)) && guard !== replication).to.equal(
      true,
    );
    const visible = Object.entries(files).filter(([file]) => !secrets.includes(file.slice(at.length + 1)));
    expect(JSON.stringify([visible, container.inputs])).to.not.match(/xyzzy|plugh/);
    expect(files[`${at}/users.acl`])
      .to.match(/^user default on #[0-9a-f]{64} ~\* &\* \+@all$/m)
      .and.not.contain(PASSWORD);
  });

  it("has the server that runs take its users anew, where its container has what it takes for that", async () => {
    const { hostFiles } = await declared();
    expect(hostFiles.inputs["reload"]).to.deep.equal({
      command: ["sh", "-c", "[ ! -f /understudy/own-users.sh ] || exec sh /understudy/own-users.sh reload"],
    });
  });

  it("is replaced for another setting of redis.conf: a label has their digest, which no password changes", async () => {
    const label = async (overrides: Record<string, unknown>, password = PASSWORD): Promise<unknown> => {
      const { container } = await declareService(
        "redis",
        (args) => new Redis("svc", { ...args, credentials: { redis: password, postgres: "p" } }),
        () => sampleArgs(sampleEnvironment(2, overrides), "redis"),
      );
      const labels = container.inputs["labels"] as { label: string; value: string }[];
      return labels.find((one) => one.label === "understudy.settings")?.value;
    };
    const [first, other] = [await label({}), await label({ replication: { redis_backlog_mib: 34 } })];
    expect(first).to.match(/^[0-9a-f]{64}$/);
    expect(other)
      .to.match(/^[0-9a-f]{64}$/)
      .and.not.equal(first);
    expect(await label({}, "another")).to.equal(first);
    expect(await label({ redis: { settings: { hz: 20 } } })).to.equal(first);
  });

  it("uploads the guard's scripts word for word", async () => {
    const { uploads } = await declared();
    expect(uploads["/understudy/guard.sh"])
      .to.match(/^#!\/bin\/sh\n/)
      .and.contain("decide_former_primary");
    expect(uploads["/understudy/health.sh"])
      .to.match(/^#!\/bin\/sh\n/)
      .and.contain("PING");
  });

  it("renders the environment into redis.conf, one value a line", async () => {
    const lines = (await declared(2, "host-b")).files["/understudy/files/current/redis.conf"]?.split("\n");
    expect(lines).to.include.members([
      "include /understudy/files/current/secrets.conf",
      "appendonly yes",
      "appendfsync everysec",
      "maxmemory 350mb",
      "maxmemory-policy noeviction",
      "replica-announce-ip 203.0.113.2",
      "replica-announce-port 16379",
      "repl-backlog-size 33mb",
      "repl-diskless-sync-delay 0",
      "replica-read-only yes",
      "min-replicas-to-write 0",
      "tcp-keepalive 10",
      "repl-ping-replica-period 5",
      "repl-timeout 20",
    ]);
    expect(lines?.filter((line) => /^(replicaof|requirepass|masterauth|rename-command)/.test(line))).to.deep.equal([]);
  });
});
