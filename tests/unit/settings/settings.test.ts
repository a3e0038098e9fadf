import { expect } from "chai";
import * as pulumi from "@pulumi/pulumi";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { loadSettings, type Settings } from "../../../settings/settings";
import { temporaryFolder } from "../../support/temporary-folder";

const FILES = path.resolve(__dirname, "../../../configs/deploy/environments");
const FILE = path.join(FILES, "prodlike_multi_host.yaml");

const COMPLETE: Readonly<Record<string, string>> = {
  environment: FILE,
  host: "host-b",
  role: "standby",
  postgresPassword: "pg-secret",
  replicationPassword: "repl-secret",
  redisPassword: "redis-secret",
  grafanaPassword: "grafana-secret",
  backupPassword: "backup-secret",
};

/** Settings from a stack's config as the engine hands it to the program. */
function settingsOf(config: Readonly<Record<string, string | undefined>>): Settings {
  const given = Object.entries(config).filter((entry): entry is [string, string] => entry[1] !== undefined);
  pulumi.runtime.setAllConfig(Object.fromEntries(given.map(([key, value]) => [`understudy:${key}`, value])));
  return loadSettings();
}

function complaints(config: Readonly<Record<string, string | undefined>>): readonly string[] {
  try {
    settingsOf(config);
  } catch (error) {
    expect(pulumi.RunError.isInstance(error), "an error the engine prints without a stack").to.equal(true);
    return (error as Error).message.split("\n");
  }
  return [];
}

describe("the settings of a stack", () => {
  const folder = temporaryFolder();
  afterEach(() => pulumi.runtime.setAllConfig({}));

  it("join the config with the environment file it names", () => {
    const settings = settingsOf(COMPLETE);
    expect(settings.view.self.name).to.equal("host-b");
    expect(settings.view.peer?.name).to.equal("host-a");
    expect(settings.role).to.equal("standby");
    expect(settings.environmentFile).to.equal(FILE);
    expect(settings.drill).to.equal(undefined);
    expect(settings.credentials).to.deep.equal({
      postgres: "pg-secret",
      replication: "repl-secret",
      redis: "redis-secret",
      grafana: "grafana-secret",
      backup: "backup-secret",
    });
  });

  it("have the Redis users of applications as a secret, and name the secret that one lacks", async () => {
    const file = path.join(folder(), "applications.yaml");
    const shop = { password: "shopPassword", redis: { keys: ["shop:*"] } };
    const applications = { shop, plain: { password: "plainPassword" } };
    writeFileSync(file, stringify({ ...(parse(readFileSync(FILE, "utf8")) as object), applications }));
    expect(complaints({ ...COMPLETE, environment: file })).to.deep.equal([
      "understudy:shopPassword is not set, and applications.shop.password names it; next: pulumi config set understudy:shopPassword --secret",
    ]);
    const { applicationUsers } = settingsOf({ ...COMPLETE, environment: file, shopPassword: "shop's own" });
    expect(await pulumi.isSecret(applicationUsers)).to.equal(true);
    const lines = await new Promise<readonly string[]>((resolve) => applicationUsers.apply(resolve));
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^user shop reset on #[0-9a-f]{64} resetkeys ~shop:\* /);
  });

  it("have the secrets of receivers as a secret, and name the one that is missing, but in a drill, which tells no Alertmanager", async () => {
    const file = path.join(folder(), "receivers.yaml");
    const notify = { receivers: { chat: { form: "slack", secret: "chatUrl" } } };
    writeFileSync(file, stringify({ ...(parse(readFileSync(FILE, "utf8")) as object), notify }));
    expect(complaints({ ...COMPLETE, environment: file })).to.deep.equal([
      "understudy:chatUrl is not set, and notify.receivers.chat.secret names it; next: pulumi config set understudy:chatUrl --secret",
    ]);
    expect(complaints({ ...COMPLETE, environment: file, drill: JSON.stringify({ id: "d1" }) })).to.deep.equal([]);
    const { receiverSecrets } = settingsOf({ ...COMPLETE, environment: file, chatUrl: "https://chat.example/T0" });
    expect(await pulumi.isSecret(receiverSecrets)).to.equal(true);
    const secrets = await new Promise((resolve) => receiverSecrets.apply(resolve));
    expect(secrets).to.deep.equal({ chat: "https://chat.example/T0" });
  });

  it("hand the passwords to resources as a secret", async () => {
    expect(await pulumi.isSecret(settingsOf(COMPLETE).secrets)).to.equal(true);
  });

  it("name everything that is missing at once, each with the command that sets it", () => {
    const said = complaints({});
    const needed = Object.keys(COMPLETE).filter((key) => key !== "backupPassword");
    expect(said).to.have.length(needed.length);
    for (const key of needed) {
      const hint = key.endsWith("Password") ? " --secret" : "";
      const line = said.find((one) => one.startsWith(`understudy:${key} is not set`));
      expect(line, key).to.include(`next: pulumi config set understudy:${key}${hint}`);
    }
  });

  for (const [file, host] of [
    ["prodlike_multi_host.yaml", "host-b"],
    ["single_host.yaml", "host-a"],
  ] as const) {
    it(`do without a password for backups in ${file}, which has no section backup`, () => {
      const { credentials } = settingsOf({
        ...COMPLETE,
        environment: path.join(FILES, file),
        host,
        backupPassword: undefined,
      });
      expect(credentials).to.not.have.property("backup");
    });
  }

  it("demand the password for backups with a section backup, and say why", () => {
    const environment = path.join(folder(), "with_backups.yaml");
    writeFileSync(environment, `${readFileSync(FILE, "utf8")}\nbackup: { image: "backup:1", memory_mib: 256 }\n`);
    expect(complaints({ ...COMPLETE, environment })).to.deep.equal([]);
    expect(complaints({ ...COMPLETE, environment, backupPassword: undefined })).to.deep.equal([
      "understudy:backupPassword is not set, and the environment file has a section backup: it encrypts them; " +
        "next: pulumi config set understudy:backupPassword --secret",
    ]);
  });

  it("take an empty value for a missing one", () => {
    expect(complaints({ ...COMPLETE, redisPassword: "" })).to.deep.equal([
      "understudy:redisPassword is not set; next: pulumi config set understudy:redisPassword --secret",
    ]);
  });

  it("never print a password", () => {
    const said = complaints({ ...COMPLETE, role: "boss", host: "host-z" }).join("\n");
    expect(said).to.not.include("-secret");
  });

  it("name an unknown role, an unknown host and a wrong drill together, with what is allowed", () => {
    const drill = JSON.stringify({ id: "no spaces please", mode: "yes", colour: "red" });
    const said = complaints({ ...COMPLETE, role: "boss", host: "host-z", drill });
    expect(said.join("\n"))
      .to.match(/^understudy:role is "boss", allowed: primary, standby; next: pulumi config set understudy:role/)
      .and.include(
        'understudy:drill: id: letters, digits, dot, underscore, hyphen; at most 64; used once, not "no spaces please"',
      )
      .and.match(/understudy:drill: mode: .*"dry-run"\|"execute", not "yes"/)
      .and.include("understudy:drill: colour: there is no such setting")
      .and.include('unknown host "host-z": the environment has host-a, host-b');
    expect(said).to.have.length(5);
  });

  it("name an environment file that cannot be read beside what else is missing", () => {
    const said = complaints({ ...COMPLETE, environment: "no/such.yaml", host: undefined });
    expect(said).to.have.length(2);
    expect(said[0]).to.match(/^understudy:host is not set/);
    expect(said[1]).to.match(/^no\/such\.yaml cannot be read/);
  });

  it("make a drill dry and planned unless told otherwise", () => {
    expect(settingsOf({ ...COMPLETE, drill: JSON.stringify({ id: "d-1" }) }).drill).to.deep.equal({
      id: "d-1",
      mode: "dry-run",
      kind: "planned",
      nonce: "",
    });
  });

  it("take a drill id of digits, which pulumi config turns into a number, for text", () => {
    expect(settingsOf({ ...COMPLETE, drill: '{"id":20261123,"mode":"execute"}' }).drill).to.include({
      id: "20261123",
      mode: "execute",
    });
  });
});
