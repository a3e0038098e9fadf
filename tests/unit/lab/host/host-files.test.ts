import { expect } from "chai";
import { parse } from "yaml";
import { engineConfig } from "../../../../lab/host/engine";
import { HOST_A, HOST_B, LAB_HOSTS } from "../../../../lab/host/layout";
import { LAB_FOLDER } from "../../../../settings/lab-folder";
import { registryConfig } from "../../../../lab/host/registry";
import { clientConfig, knownHosts } from "../../../../lab/host/ssh-files";
import { opensshVersion, sshdConfig } from "../../../../lab/host/sshd-config";

const lines = (text: string): string[] => text.split("\n").map((line) => line.trim());

describe("files of a lab host", () => {
  it("keep everything of an engine below its host's folder", () => {
    for (const host of LAB_HOSTS) {
      const config = engineConfig(host);
      for (const key of ["data-root", "exec-root", "pidfile"]) {
        expect(String(config[key])).to.match(new RegExp(`^${host.folder}/`));
      }
      expect(config["hosts"]).to.deep.equal([`unix://${host.socket}`]);
      expect(config["cgroup-parent"]).to.equal(`/${host.cgroup}/containers`);
    }
  });

  it("let root in by key alone, and lead a session to its own host's engine", () => {
    const config = lines(sshdConfig(HOST_B, { version: 9.2, rootLocked: false }));
    expect(config).to.include.members(["PasswordAuthentication no", "PermitRootLogin prohibit-password", "UsePAM no"]);
    expect(config.filter((line) => line.startsWith("ListenAddress"))).to.deep.equal([
      "ListenAddress 10.91.0.12:22",
      "ListenAddress 10.91.0.132:22",
    ]);
    expect(config.find((line) => line.startsWith("SetEnv"))).to.contain(`DOCKER_HOST=unix://${HOST_B.socket}`);
  });

  it("use PAM where root's password is locked, and penalties' off switch only where sshd knows it", () => {
    const old = sshdConfig(HOST_A, { version: 9.2, rootLocked: true });
    const recent = sshdConfig(HOST_A, { version: 10, rootLocked: false });
    expect(lines(old)).to.include("UsePAM yes");
    expect(old).not.to.contain("PerSourcePenalties");
    expect(lines(recent)).to.include("PerSourcePenalties no");
  });

  it("read OpenSSH's version, and 0 from anything else", () => {
    expect(opensshVersion("OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19")).to.equal(9.2);
    expect(opensshVersion("OpenSSH_10.0p2, OpenSSL 3.5")).to.equal(10);
    expect(opensshVersion("dropbear")).to.equal(0);
  });

  it("pin each host's key under its name and both addresses, without the key's comment", () => {
    const text = knownHosts([{ host: HOST_A, publicKey: "ssh-ed25519 AAAA some comment\n" }]);
    expect(text).to.equal("host-a,10.91.0.11,10.91.0.131 ssh-ed25519 AAAA\n");
  });

  it("make the client refuse unknown host keys and ask nobody", () => {
    expect(lines(clientConfig(LAB_HOSTS))).to.include.members([
      "StrictHostKeyChecking yes",
      "BatchMode yes",
      "IdentitiesOnly yes",
      "GlobalKnownHostsFile /dev/null",
    ]);
  });

  it("have the registry listen on the bridge alone and store outside the lab's folder", () => {
    const config = parse(registryConfig("/cache/registry")) as {
      http: { addr: string };
      storage: { filesystem: { rootdirectory: string } };
    };
    expect(config.http.addr).to.equal("10.91.0.1:5000");
    expect(config.storage.filesystem.rootdirectory.startsWith(LAB_FOLDER)).to.equal(false);
  });
});
