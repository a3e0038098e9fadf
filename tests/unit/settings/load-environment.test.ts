import { expect } from "chai";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import {
  EnvironmentError,
  loadDeclaredEnvironment,
  loadEnvironment,
  parseEnvironment,
} from "../../../settings/load-environment";
import { SERVICE_NAMES } from "../../../settings/services";
import { temporaryFolder } from "../../support/temporary-folder";
import { workingIn } from "../../support/working-folder";

const FOLDER = path.resolve(__dirname, "../../../configs/deploy/environments");

interface Data {
  [key: string]: unknown;
  hosts: Record<string, Record<string, unknown>>;
  services: Record<string, unknown>;
  objectives: Record<string, unknown>;
}

function shipped(name: string): Data {
  return parse(readFileSync(path.join(FOLDER, name), "utf8")) as Data;
}

/** What parsing says of the two-host file after `spoil`: one entry a problem, without the file's name. */
function complaints(spoil: (data: Data) => void): readonly string[] {
  const data = shipped("prodlike_multi_host.yaml");
  spoil(data);
  try {
    parseEnvironment("env.yaml", data);
  } catch (error) {
    expect(error).to.be.instanceOf(EnvironmentError);
    return (error as Error).message.split("\n").map((line) => {
      expect(line.startsWith("env.yaml: "), line).to.equal(true);
      return line.slice("env.yaml: ".length);
    });
  }
  return [];
}

describe("the environment files that are shipped", () => {
  it("are valid: two hosts of your own", () => {
    const environment = loadEnvironment(path.join(FOLDER, "prodlike_multi_host.yaml"));
    expect(Object.keys(environment.hosts)).to.deep.equal(["host-a", "host-b"]);
    expect(Object.keys(environment.services)).to.have.members([...SERVICE_NAMES]);
  });

  it("are valid: one host", () => {
    expect(Object.keys(loadEnvironment(path.join(FOLDER, "single_host.yaml")).hosts)).to.deep.equal(["host-a"]);
  });

  it("are valid: the lab, whose images file need not be there for that", () => {
    const environment = parseEnvironment("lab.yaml", shipped("lab.yaml"));
    expect(environment.images_file).to.be.a("string");
    expect(Object.keys(environment.hosts)).to.have.length(2);
  });

  it("are valid: the lab is encrypted, and the plain lab is the same without that", () => {
    const lab = parseEnvironment("lab.yaml", shipped("lab.yaml"));
    expect(lab.encryption).to.equal("required");
    expect(parseEnvironment("lab_plain.yaml", shipped("lab_plain.yaml"))).to.deep.equal({
      ...lab,
      encryption: "plain",
    });
  });

  it("are encrypted, every lab but the plain one", () => {
    const labs = readdirSync(FOLDER).filter((name) => /^lab.*\.yaml$/.test(name) && name !== "lab_plain.yaml");
    expect(labs).to.include.members(["lab_agent.yaml", "lab_backups.yaml", "lab_doors.yaml", "lab_single_host.yaml"]);
    for (const name of labs) expect(parseEnvironment(name, shipped(name)).encryption, name).to.equal("required");
  });

  it("are valid: the lab with backups, which is the lab with one section more", () => {
    const { backup, ...rest } = parseEnvironment("lab_backups.yaml", shipped("lab_backups.yaml"));
    expect(backup?.image).to.be.a("string");
    expect(rest).to.deep.equal(parseEnvironment("lab.yaml", shipped("lab.yaml")));
  });

  it("are valid: the lab with agents, which is the lab with one section more", () => {
    const { agent, ...rest } = parseEnvironment("lab_agent.yaml", shipped("lab_agent.yaml"));
    expect(agent?.image).to.be.a("string");
    expect(rest).to.deep.equal(parseEnvironment("lab.yaml", shipped("lab.yaml")));
  });

  it("are valid: the lab with doors, which is the lab with agents and one section more", () => {
    const { clients, ...rest } = parseEnvironment("lab_doors.yaml", shipped("lab_doors.yaml"));
    expect(clients?.pgbouncer.auth_database).to.equal(false);
    expect(rest).to.deep.equal(parseEnvironment("lab_agent.yaml", shipped("lab_agent.yaml")));
  });

  it("promise holding as the default of a boot without the peer", () => {
    for (const name of ["prodlike_multi_host.yaml", "single_host.yaml", "lab.yaml"]) {
      expect(parseEnvironment(name, shipped(name)).policy.on_boot_without_peer, name).to.equal("hold");
    }
  });
});

describe("an environment that is wrong", () => {
  it("is told every problem at once, each with path, what is allowed and the value", () => {
    const said = complaints((data) => {
      data["version"] = 2;
      data.hosts["host-b"]!["docker"] = "tcp://host-b:2375";
      data.hosts["host-b"]!["stack"] = "third";
      data["ports"] = { redis: 0, postgres: "5432" };
      data["policy"] = { on_boot_without_peer: "guess" };
      data.objectives["max_data_lag_events"] = -1;
    });
    expect(said).to.have.members([
      "version: expected 1, not 2",
      'hosts.host-b.docker: an ssh:// endpoint, such as ssh://deploy@host-a.example:22, not "tcp://host-b:2375"',
      'hosts.host-b.stack: Invalid option: expected one of "primary"|"standby", not "third"',
      'ports.postgres: expected number, received string, not "5432"',
      "ports.redis: Too small: expected number to be >=1, not 0",
      'policy.on_boot_without_peer: Invalid option: expected one of "hold"|"resume", not "guess"',
      "objectives.max_data_lag_events: Too small: expected number to be >=0, not -1",
    ]);
  });

  it("is told what a signing key is for, or which file it is in, when either is not said", () => {
    expect(complaints((data) => (data["evidence"] = { signing_key_file: "k.pem", key_is_for: "both" }))).to.deep.equal([
      'evidence.key_is_for: Invalid option: expected one of "production"|"lab", not "both"',
    ]);
    expect(complaints((data) => (data["evidence"] = {}))).to.deep.equal([
      "evidence.signing_key_file: is missing, expected string",
      'evidence.key_is_for: is missing, Invalid option: expected one of "production"|"lab"',
    ]);
  });

  it("is told what is missing", () => {
    const said = complaints((data) => {
      delete data.services["loki"];
      delete data.objectives["max_failover_seconds"];
    });
    expect(said).to.deep.equal([
      "services.loki: is missing, expected object",
      "objectives.max_failover_seconds: is missing, expected number",
    ]);
  });

  it("is told each setting that does not exist, by its own path", () => {
    const said = complaints((data) => {
      data["colour"] = "red";
      data["size"] = 3;
      (data.services["redis"] as Record<string, unknown>)["ram"] = 1;
    });
    expect(said).to.have.members([
      "colour: there is no such setting",
      "size: there is no such setting",
      "services.redis.ram: there is no such setting",
    ]);
  });

  it("is told what a host may be called", () => {
    const said = complaints((data) => {
      data.hosts["Host_B"] = data.hosts["host-b"]!;
      delete data.hosts["host-b"];
    });
    expect(said).to.deep.equal(["hosts.Host_B: the name must be: lower-case letters, digits and hyphens, at most 31"]);
  });

  it("is told of three hosts, and of two hosts on one stack, without a copy of the whole file", () => {
    const three = complaints((data) => {
      data.hosts["host-c"] = { ...data.hosts["host-b"] };
    });
    expect(three).to.deep.equal([
      "hosts: one host, or two, not { host-a, host-b, host-c }",
      "hosts: each host needs a stack of its own (primary, standby), not { host-a, host-b, host-c }",
    ]);
    const oneStack = complaints((data) => {
      data.hosts["host-b"]!["stack"] = "primary";
    });
    expect(oneStack).to.deep.equal([
      "hosts: each host needs a stack of its own (primary, standby), not { host-a, host-b }",
    ]);
  });

  for (const data of [null, "text", 3, []]) {
    it(`is refused when it is ${JSON.stringify(data)} and no mapping at all`, () => {
      expect(() => parseEnvironment("env.yaml", data)).to.throw(
        EnvironmentError,
        /^env\.yaml: \(top\): expected object/,
      );
    });
  }
});

describe("loading an environment file", () => {
  const folder = temporaryFolder();
  const write = (name: string, text: string): string => {
    const file = path.join(folder(), name);
    writeFileSync(file, text);
    return file;
  };

  it("names the file that is not there", () => {
    const file = path.join(folder(), "none.yaml");
    expect(() => loadEnvironment(file)).to.throw(EnvironmentError, `${file} cannot be read: ENOENT`);
  });

  it("says in one line why a file is not YAML", () => {
    const file = write("broken.yaml", "hosts: [1\nother: }");
    expect(() => loadEnvironment(file))
      .to.throw(EnvironmentError, /broken\.yaml is not YAML: .* at line \d+, column \d+$/)
      .with.property("message")
      .that.does.not.include("\n");
  });

  it("puts the images file's images in the place of the environment's, with what they stand in for", () => {
    const images = write(
      "images.yaml",
      stringify({
        redis: { image: "registry.example/redis@sha256:1", stand_in: null },
        grafana: { image: "registry.example/grafana@sha256:2", stand_in: "a page that says hello" },
      }),
    );
    const data = shipped("prodlike_multi_host.yaml");
    data.services["redis"] = { image: "redis:7.2", memory_mib: 1024, stand_in: "something else" };
    const { services } = loadEnvironment(write("env.yaml", stringify({ ...data, images_file: images })));
    expect(services.redis).to.deep.equal({ image: "registry.example/redis@sha256:1", memory_mib: 1024 });
    expect(services.grafana.stand_in).to.equal("a page that says hello");
    expect(services.loki.image).to.equal("grafana/loki:3.7.8");
  });

  it("refuses an images file with a service that does not exist, naming that file", () => {
    const images = write("bad-images.yaml", stringify({ mysql: { image: "x", stand_in: null }, redis: { image: "" } }));
    const file = write("env2.yaml", stringify({ ...shipped("prodlike_multi_host.yaml"), images_file: images }));
    expect(() => loadEnvironment(file))
      .to.throw(EnvironmentError)
      .with.property("message")
      .that.matches(/bad-images\.yaml: mysql: /)
      .and.matches(/bad-images\.yaml: redis\.image: /)
      .and.matches(/bad-images\.yaml: redis\.stand_in: is missing/);
  });

  it("refuses an images file that is not there: the lab is down", () => {
    const gone = path.join(folder(), "gone.yaml");
    const file = write("env3.yaml", stringify({ ...shipped("lab.yaml"), images_file: gone }));
    expect(() => loadEnvironment(file)).to.throw(EnvironmentError, `${gone} cannot be read`);
  });

  it("seeks what an environment names from the project's folder, wherever this process works", async () => {
    const project = path.join(folder(), "pair");
    const inside = path.join(project, "node_modules/understudy");
    mkdirSync(inside, { recursive: true });
    const data = shipped("prodlike_multi_host.yaml");
    data.hosts["host-a"]!["ssh_config"] = "ssh/config";
    data["evidence"] = { signing_key_file: "keys/evidence.pem", key_is_for: "production" };
    data["certificates"] = { ca_file: "keys/ca.pem", ca_key_file: "/etc/pair/ca.key" };
    data["pulumi"] = { project: ".", passphrase_file: "/etc/pair/passphrase" };
    data["images_file"] = "images.yaml";
    write("pair/Pulumi.yaml", "name: understudy\n");
    write("pair/images.yaml", stringify({ loki: { image: "registry.example/loki@sha256:3", stand_in: null } }));
    write("pair/own.yaml", stringify(data));

    const said = await workingIn(inside, () => loadDeclaredEnvironment("own.yaml"));
    expect(said.hosts["host-a"]?.ssh_config).to.equal(path.join(project, "ssh/config"));
    expect(said.hosts["host-b"]).not.to.have.property("ssh_config");
    expect(said.evidence?.signing_key_file).to.equal(path.join(project, "keys/evidence.pem"));
    expect(said.certificates).to.deep.equal({
      ca_file: path.join(project, "keys/ca.pem"),
      ca_key_file: "/etc/pair/ca.key",
    });
    expect(said.pulumi).to.deep.equal({ project, passphrase_file: "/etc/pair/passphrase" });
    expect(said.services.loki.image).to.equal("registry.example/loki@sha256:3");
    expect(await workingIn(project, () => loadEnvironment("own.yaml"))).to.deep.equal(said);
    expect(() => loadEnvironment("own.yaml")).to.throw(EnvironmentError, "own.yaml cannot be read");
  });
});
