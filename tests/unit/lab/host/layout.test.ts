import { readFileSync } from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { LAB_FILES, LAB_HOSTS, REGISTRY, BRIDGE, registryStorage } from "../../../../lab/host/layout";
import { LAB_FOLDER } from "../../../../settings/lab-folder";
import { environmentSchema } from "../../../../settings/environment";

const environmentFile = path.resolve(__dirname, "../../../../configs/deploy/environments/lab.yaml");
const environment = environmentSchema.parse(parse(readFileSync(environmentFile, "utf8")));

describe("layout of the lab", () => {
  it("is what the lab's environment file says of hosts, addresses and files", () => {
    const described = Object.entries(environment.hosts).map(([name, host]) => ({ name, ...host }));
    expect(described).to.deep.equal(
      LAB_HOSTS.map((host) => ({
        name: host.name,
        stack: host.stack,
        docker: `ssh://root@${host.address}:22`,
        ssh_config: LAB_FILES.sshConfig,
        address: host.address,
        replication_address: host.replicationAddress,
        fence: { command: [LAB_FILES.powerSwitch, host.name], timeout_seconds: 10 },
      })),
    );
    expect(environment.pulumi).to.deep.equal({
      project: LAB_FILES.project,
      backend: `file://${LAB_FILES.state}`,
      passphrase_file: LAB_FILES.passphrase,
    });
    expect(environment.images_file).to.equal(LAB_FILES.images);
    for (const service of Object.values(environment.services))
      expect(service.image).to.match(new RegExp(`^${REGISTRY}/`));
  });

  it("keeps interface names within the kernel's 15 characters", () => {
    for (const name of [BRIDGE.name, ...LAB_HOSTS.map((host) => host.operatorLink)]) {
      expect(name.length).to.be.at.most(15);
    }
  });

  it("gives the two hosts nothing in common but prefix length", () => {
    const [a, b] = LAB_HOSTS.map((host) => Object.entries(host));
    const shared = (a ?? []).filter(([key, value]) => (b ?? []).some(([k, v]) => k === key && v === value));
    expect(shared).to.deep.equal([["prefix", 25]]);
  });

  it("leaves room for containerd's longest socket path below the kernel's 108 bytes", () => {
    for (const host of LAB_HOSTS) {
      expect(`${host.execRoot}/containerd/containerd-debug.sock.ttrpc`.length).to.be.below(108);
    }
  });

  it("keeps cached images outside the folder that `down` removes, where the environment says", () => {
    expect(registryStorage({ HOME: "/home/ann" })).to.equal("/home/ann/.cache/understudy/registry");
    expect(registryStorage({ HOME: "/home/ann", XDG_CACHE_HOME: "/x" })).to.equal("/x/understudy/registry");
    expect(registryStorage({ UNDERSTUDY_CACHE: "/c", XDG_CACHE_HOME: "/x" })).to.equal("/c/registry");
    expect(registryStorage({ HOME: "/home/ann" }).startsWith(LAB_FOLDER)).to.equal(false);
  });
});
