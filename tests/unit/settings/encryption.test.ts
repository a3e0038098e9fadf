import { expect } from "chai";
import { clientCertificates, trustBundle } from "../../../settings/certificates/clients";
import { BACKUP_SHOWS, encryptionFiles, POSTGRES_SHOWS } from "../../../settings/certificates/container-files";
import { makeAuthority } from "../../../settings/certificates/issue";
import type { StackCertificates } from "../../../settings/certificates/stored";
import { credentialsFrom } from "../../../settings/credentials";
import { encryptionOf, encryptionProblem, ENCRYPTION_MODES, usesEncryption } from "../../../settings/encryption";
import { probeCredentials } from "../../../settings/own-roles";
import { bundleFrom } from "../../support/issued";
import { sampleEnvironment } from "../components/sample";

describe("how far a pair has gone from plain to encrypted", () => {
  it("is what the environment file says; without a word it is required with certificates, and plain without", () => {
    expect([encryptionOf({}, true), encryptionOf({}, false)]).to.deep.equal(["required", "plain"]);
    for (const mode of ENCRYPTION_MODES) expect(encryptionOf({ encryption: mode }, true)).to.equal(mode);
    expect(ENCRYPTION_MODES.filter(usesEncryption)).to.deep.equal(["used", "required"]);
    expect(sampleEnvironment(2).encryption).to.equal(undefined);
    expect(sampleEnvironment(2, { encryption: "used" }).encryption).to.equal("used");
    expect(() => sampleEnvironment(2, { encryption: "yes" })).to.throw(/encryption/);
  });

  it("is refused where it needs certificates and there are none, with the command that makes them", () => {
    for (const mode of ["accepted", "used", "required"] as const) {
      expect(encryptionProblem({ encryption: mode }, false)).to.match(
        new RegExp(
          `^encryption is ${mode}, and the stack has no certificates; next: understudy certificates --execute$`,
        ),
      );
      expect(encryptionProblem({ encryption: mode }, true)).to.equal(undefined);
    }
    expect(encryptionProblem({ encryption: "plain" }, false)).to.equal(undefined);
    expect(encryptionProblem({}, false)).to.equal(undefined);
  });
});

describe("what a host's certificates become", () => {
  let bundle: StackCertificates;
  before(async () => {
    const now = Date.now();
    bundle = await bundleFrom(sampleEnvironment(2), "host-a", await makeAuthority("sample", now), now);
  });

  it("is files of the containers that encrypt, and none in mode plain", () => {
    const names = (files: ReturnType<typeof encryptionFiles>): readonly string[] => files.map(([name]) => name);
    expect(names(encryptionFiles("used", bundle, POSTGRES_SHOWS))).to.have.members([
      ...["encryption", "ca.crt", "server.crt", "server.key", "guard-client.crt", "guard-client.key"],
      ...["replication-client.crt", "replication-client.key"],
    ]);
    expect(names(encryptionFiles("accepted", bundle, BACKUP_SHOWS))).to.have.members([
      ...["encryption", "ca.crt", "replication-client.crt", "replication-client.key"],
      ...["backup-client.crt", "backup-client.key", "server.crt", "server.key"],
    ]);
    expect(encryptionFiles("used", bundle, POSTGRES_SHOWS)[0]).to.deep.equal(["encryption", "used\n"]);
    expect(encryptionFiles("plain", bundle, POSTGRES_SHOWS)).to.deep.equal([]);
    expect(encryptionFiles("required", undefined, POSTGRES_SHOWS)).to.deep.equal([]);
    const { server: _server, ...leaves } = bundle.leaves;
    expect(_server?.key).to.be.a("string");
    expect(() => encryptionFiles("used", { ...bundle, leaves }, POSTGRES_SHOWS)).to.throw(/no certificate server/);
  });

  it("is what our own sessions show, of their roles alone; a stack without has none", () => {
    const clients = clientCertificates(JSON.stringify(bundle));
    expect(Object.keys(clients ?? {})).to.have.members([
      ...["understudy_drill", "understudy_probe", "understudy_replication"],
    ]);
    expect(clients?.understudy_drill).to.deep.equal({
      ca: trustBundle(bundle),
      cert: bundle.leaves["understudy_drill"]?.certificate,
      key: bundle.leaves["understudy_drill"]?.key,
    });
    expect([clientCertificates(undefined), clientCertificates("{}"), clientCertificates("")]).to.deep.equal([
      ...[undefined, undefined, undefined],
    ]);
    const values: Record<string, string> = { postgresPassword: "p", certificates: JSON.stringify(bundle) };
    expect(credentialsFrom((key) => values[key])).to.deep.equal({ postgres: "p", clients });
    expect(credentialsFrom((key) => (key === "certificates" ? undefined : values[key]))).to.deep.equal({
      postgres: "p",
    });
  });

  it("is the probe's where the session that was seen encrypts", () => {
    const clients = clientCertificates(JSON.stringify(bundle));
    const credentials = { postgres: "p", redis: "r", ...(clients && { clients }) };
    expect(probeCredentials(credentials, { ssl: true }).tls).to.deep.equal(clients?.understudy_probe);
    expect(probeCredentials(credentials, { ssl: false })).to.not.have.property("tls");
    expect(probeCredentials(credentials)).to.not.have.property("tls");
    expect(probeCredentials({ postgres: "p", redis: "r" }, { ssl: true })).to.not.have.property("tls");
  });
});
