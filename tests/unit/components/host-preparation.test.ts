import { expect } from "chai";
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { declaredBy, type Declared } from "./mocked-engine";
import { Host } from "../../../components/service-args";
import { clockScript, folderScript, sysctlScript } from "../../../components/host-preparation";
import { environmentSchema, type Environment } from "../../../settings/environment";
import { viewFrom } from "../../../settings/pair";
import { temporaryFolder } from "../../support/temporary-folder";
import { sampleEnvironment } from "./sample";

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHc3kOZwIwSGbX0VK8yyDeWYrPzKjHGVSTcKhLSPc1bY";

function prepared(preparation: Record<string, unknown>): Environment {
  const plain = sampleEnvironment(2);
  const hosts = { ...plain.hosts, "host-a": { ...plain.hosts["host-a"], preparation } };
  return environmentSchema.parse({ ...plain, hosts });
}

async function declareHost(environment: Environment): Promise<readonly Declared[]> {
  return declaredBy(() => {
    const host = new Host("here", { self: viewFrom(environment, "host-a").self });
    return [host, host.provider, host.network];
  });
}

const steps = (all: readonly Declared[]): readonly Declared[] =>
  all.filter((one) => one.type === "command:remote:Command");

describe("HostPreparation", () => {
  it("is off unless the environment asks for it", async () => {
    const all = await declareHost(sampleEnvironment(2));
    expect(all.filter((one) => /command|HostPreparation/.test(one.type))).to.deep.equal([]);
  });

  it("checks the clock, makes the folders and applies the kernel settings, as children of its host, before the network", async () => {
    const all = await declareHost(prepared({ host_key: HOST_KEY, folders: ["/srv/understudy"] }));
    const component = all.find((one) => one.type === "understudy:index:HostPreparation");
    expect(component).to.include({ name: "here-preparation", parent: all[0]?.urn });
    expect(steps(all).map((one) => one.name)).to.deep.equal([
      "here-preparation-clock",
      "here-preparation-folders",
      "here-preparation-sysctls",
    ]);
    for (const one of steps(all)) {
      expect(one.parent).to.equal(component?.urn);
      expect(one.provider).to.contain("pulumi:providers:command::here-preparation-ssh");
    }
    expect(all.findIndex((one) => one.type === "docker:index/network:Network")).to.equal(all.length - 1);
  });

  it("pins the host key, goes where Docker is reached, and has no key or password of the operator's in the state", async () => {
    const [first] = steps(await declareHost(prepared({ host_key: HOST_KEY })));
    expect(first?.inputs["connection"]).to.deep.equal({
      ...{ host: "a.example", user: "deploy", port: 22, hostKey: HOST_KEY, dialErrorLimit: 3 },
      // What the SDK fills in by itself.
      perDialTimeout: 15,
    });
  });

  it("runs a script by sudo, or as the account itself when that is root, again only when the script changes", async () => {
    const settings = { host_key: HOST_KEY, sysctls: { "vm.swappiness": 1 } };
    const [, withSudo] = steps(await declareHost(prepared(settings)));
    expect(withSudo?.inputs).to.include({ create: "sudo -n sh -eu", stdin: sysctlScript(settings) });
    expect(withSudo?.inputs["triggers"]).to.deep.equal([sysctlScript(settings)]);
    expect(withSudo?.inputs).to.not.have.any.keys("delete", "update");
    const [, asRoot] = steps(await declareHost(prepared({ ...settings, sudo: false })));
    expect(asRoot?.inputs["create"]).to.equal("sh -eu");
  });

  it("leaves out what is not asked for", async () => {
    const all = await declareHost(prepared({ host_key: HOST_KEY, sysctls: {}, require_synchronized_clock: false }));
    expect(steps(all)).to.deep.equal([]);
  });

  it("takes no host without a key, no folder that would need quoting, no setting that is no name", () => {
    for (const wrong of [
      {},
      { host_key: "AAAA" },
      { host_key: HOST_KEY, folders: ["/srv/it's"] },
      { host_key: HOST_KEY, folders: ["/srv/../etc"] },
      { host_key: HOST_KEY, folders: ["relative"] },
      { host_key: HOST_KEY, sysctls: { "vm.x = 1\nkernel.y": 1 } },
    ]) {
      expect(() => prepared(wrong), JSON.stringify(wrong)).to.throw();
    }
  });
});

describe("the scripts of the preparation", () => {
  const folder = temporaryFolder();

  function run(script: string): Promise<{ code: number; err: string }> {
    return new Promise((resolve) => {
      const env = { PATH: `${folder()}/bin:/usr/bin:/bin` };
      const child = execFile("sh", ["-eu"], { env }, (error, _out, err) =>
        resolve({ code: Number(error?.code ?? 0), err }),
      );
      child.stdin?.end(script);
    });
  }

  function fakeTimedatectl(body: string): void {
    mkdirSync(`${folder()}/bin`, { recursive: true });
    writeFileSync(`${folder()}/bin/timedatectl`, `#!/bin/sh\n${body}\n`);
    chmodSync(`${folder()}/bin/timedatectl`, 0o755);
  }

  it("pass a clock that is kept, and refuse one that is not, or that nobody can tell of, with the next command", async () => {
    fakeTimedatectl("echo yes");
    expect((await run(clockScript())).code).to.equal(0);
    fakeTimedatectl("echo no");
    const refused = await run(clockScript());
    expect(refused.code).to.equal(1);
    expect(refused.err).to.match(/NTPSynchronized=no.*timedatectl set-ntp true/);
    fakeTimedatectl("exit 3");
    expect((await run(clockScript())).err).to.include("unknown");
  });

  it("make folders for root alone, and keep what is in one that is there", async () => {
    const wanted = path.join(folder(), "srv/understudy");
    expect((await run(folderScript({ folders: [wanted] }))).code).to.equal(0);
    expect(statSync(wanted).mode & 0o777).to.equal(0o700);
    writeFileSync(`${wanted}/kept`, "");
    expect((await run(folderScript({ folders: [wanted] }))).code).to.equal(0);
    expect(existsSync(`${wanted}/kept`)).to.equal(true);
  });

  it("write every kernel setting on a line of its own, and apply that file", () => {
    const lines = sysctlScript({ sysctls: { "vm.overcommit_memory": 1, "net.core.somaxconn": 1024 } }).split("\n");
    expect(lines).to.include.members(["vm.overcommit_memory = 1", "net.core.somaxconn = 1024"]);
    expect(lines.at(-2)).to.equal("sysctl --load /etc/sysctl.d/60-understudy.conf");
  });
});
