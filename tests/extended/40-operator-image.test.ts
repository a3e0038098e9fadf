import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import path from "node:path";
import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { parseDocument } from "yaml";
import { CREDENTIAL_KEYS } from "../../settings/credentials";
import { blocksUnder } from "../support/documentation/shell-blocks";
import { readManifests } from "../support/kubernetes-schema";
import { podArguments, podOf, type PodFolders } from "../support/pod-arguments";
import type { ShellRun } from "../support/run-shell";
import { ScratchEngine } from "../support/scratch-engine";
import { makeStandInBase, STAND_IN, STAND_IN_LABEL } from "../support/stand-in-base";
import { temporaryFolder } from "../support/temporary-folder";
import { toolsOnPath } from "../support/tools-on-path";

const CHECKOUT = path.resolve(__dirname, "../..");
const RUNBOOK = "docs/K8S_DEPLOYMENT_RUNBOOK.md";
const ACCOUNT = 10001;
const EXAMPLE = "configs/deploy/environments/prodlike_multi_host.yaml";
/** What is said of a host that cannot be reached, by its name or by its account of the engine. */
const MISSES = /host-[ab]/;
const SECRETS = Object.values(CREDENTIAL_KEYS).filter((key) => key !== CREDENTIAL_KEYS.roles);

/** The words of the page's command that builds the image. */
function buildCommand(): readonly string[] {
  const line = blocksUnder(RUNBOOK, "Bootstrap")
    .flatMap((block) => block.split("\n"))
    .find((one) => one.startsWith("docker build "));
  return (line ?? "").split(" ").slice(1);
}

/** The environment file that the page asks for. */
function environmentFile(): string {
  const document = parseDocument(readFileSync(path.join(CHECKOUT, EXAMPLE), "utf8"));
  for (const host of ["host-a", "host-b"]) document.setIn(["hosts", host, "ssh_config"], "/etc/understudy/ssh-config");
  document.set("pulumi", {
    project: "/var/lib/understudy/project",
    backend: "file:///var/lib/understudy/state",
    passphrase_file: "/etc/understudy/passphrase",
  });
  return String(document);
}

/**
 * Needs no lab: an engine of its own. It is here because it takes minutes, and apt and npm fetch packages. Hosts there are
 * none: what asks for them fails, and says so.
 */
describe("the operator's image, built as the page says on a stand-in for its base: the lab's Debian tree with Node", function () {
  this.timeout(1_200_000);
  toolsOnPath();
  // Before the folder is taken away, in which the engine has all that it has.
  after(() => engine?.stop());
  const folder = temporaryFolder();
  const folders = (): PodFolders => ({ secret: path.join(folder(), "secret"), claim: path.join(folder(), "claim") });
  let engine: ScratchEngine | undefined;
  let image = "";

  /** As a kubelet lays a secret out: root's, for the pod's group. */
  function laySecret(name: string, content: string): void {
    const file = path.join(folders().secret, name);
    writeFileSync(file, content);
    chownSync(file, 0, ACCOUNT);
    chmodSync(file, 0o440);
  }

  before(async () => {
    const words = buildCommand();
    image = words[words.indexOf("-t") + 1] ?? "";
    const [, base = ""] =
      /^FROM (.*)$/m.exec(readFileSync(path.join(CHECKOUT, "configs/k8s/Dockerfile"), "utf8")) ?? [];
    engine = new ScratchEngine(path.join(folder(), "engine"));
    await engine.start();
    await makeStandInBase(engine, base, path.join(folder(), "base"));
    const began = Date.now();
    engine.must(["build", "--network", "host", ...words.slice(1)], 900_000, CHECKOUT);
    console.log(`      built in ${String(Math.round((Date.now() - began) / 1000))} s`);

    const { secret, claim } = folders();
    mkdirSync(secret);
    mkdirSync(path.join(claim, "results"), { recursive: true });
    // What `fsGroup` does to a claim.
    for (const one of [claim, path.join(claim, "results")]) {
      chownSync(one, 0, ACCOUNT);
      chmodSync(one, 0o2775);
    }
    for (const key of SECRETS) laySecret(key, `of-${key}`);
    laySecret("passphrase", "of the secrets");
    laySecret("environment.yaml", environmentFile());
    laySecret("known_hosts", "");
    laySecret(
      "ssh-config",
      "Host *\n  IdentityFile /etc/understudy/ssh-key\n  UserKnownHostsFile /etc/understudy/known_hosts\n",
    );
    laySecret(
      "signing-key.pem",
      generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    );
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path.join(folder(), "key")]);
    laySecret("ssh-key", readFileSync(path.join(folder(), "key"), "utf8"));
  });

  /** Runs what a manifest declares, without a network. @param instead in the place of its command */
  function inPod(manifest: string, ...instead: readonly string[]): ShellRun {
    const [declared] = readManifests(readFileSync(path.join(CHECKOUT, `configs/k8s/${manifest}.yaml`), "utf8"));
    const words = podArguments(podOf(declared!), folders(), instead.length === 0 ? undefined : instead);
    return engine!.docker(["run", "--rm", "--network", "none", ...words], 300_000);
  }

  it("has the account of the manifests, and names what its base stands in for", () => {
    const [{ Config }] = JSON.parse(engine!.must(["image", "inspect", image])) as [
      { Config: { User: string; WorkingDir: string; Labels: Record<string, string> } },
    ];
    expect(Config).to.include({ User: `${String(ACCOUNT)}:${String(ACCOUNT)}`, WorkingDir: "/opt/understudy" });
    expect(Config.Labels[STAND_IN_LABEL]).to.equal(STAND_IN);
  });

  it("runs as the dry run's CronJob declares: as nobody's account, with a root file system that it cannot write", () => {
    const { code, out } = inPod(
      "dry-run-cronjob",
      ...[
        "/bin/sh",
        "-c",
        "id -u; touch /opt/understudy/x /etc/x /usr/x; touch /tmp/x docs/results/x $HOME/x && echo written",
      ],
    );
    expect(out.trim().split("\n")).to.deep.equal([String(ACCOUNT), "written"]);
    expect(code).to.equal(0);
    expect(statSync(path.join(folders().claim, "results/x")).uid).to.equal(ACCOUNT);
  });

  it("has the command, with its version, its help, the engine and its provider for Docker", () => {
    const said = inPod("dry-run-cronjob", "bin/understudy", "--version");
    expect(said.code, said.err).to.equal(0);
    expect(said.out).to.match(/^understudy \d+\.\d+\.\d+$/m);
    expect(said.out).to.match(/^pulumi 3\./m);
    expect(said.out).to.match(/^plugin docker [\d.]+, \/opt\/understudy-cache\/bin\//m);
    const help = inPod("dry-run-cronjob", "bin/understudy", "--help");
    expect([help.code, help.err]).to.deep.equal([0, ""]);
    expect(help.out).to.include("switchover");
  });

  it("can read the secret's key, whose mode and owner are a kubelet's", () => {
    const { code, out, err } = inPod("dry-run-cronjob", "ssh-keygen", "-y", "-f", "/etc/understudy/ssh-key");
    expect(code, err).to.equal(0);
    expect(out.trim().split(" ").slice(0, 2)).to.deep.equal(
      readFileSync(path.join(folder(), "key.pub"), "utf8").trim().split(" ").slice(0, 2),
    );
  });

  it("makes both stacks on the volume in the bootstrap job, with their secrets, and then misses the hosts", () => {
    const { code, out, err } = inPod("bootstrap-job");
    expect(code, err).to.not.equal(0);
    expect(`${out}\n${err}`).to.match(MISSES);
    for (const stack of ["primary", "standby"]) {
      const text = readFileSync(path.join(folders().claim, `project/Pulumi.${stack}.yaml`), "utf8");
      for (const key of SECRETS) expect(text, key).to.match(new RegExp(`understudy:${key}:\\n +secure: `));
    }
    expect(readdirSync(path.join(folders().claim, "state/.pulumi/stacks"), { recursive: true }).join(" "))
      .to.include("primary.json")
      .and.to.include("standby.json");
  });

  it("looks at itself and at the stacks in the operator's pod, and finds nothing amiss but the hosts", () => {
    const { code, out, err } = inPod("operator-pod", "bin/understudy", "doctor");
    expect(code, err).to.equal(1);
    for (const one of ["node", "pulumi", "ssh client", "stacks", "declaration", "secrets", "state of standby"])
      expect(out).to.match(new RegExp(`^GOOD +${one} `, "m"));
    const amiss = out.split("\n").filter((line) => /^(PROBLEM|UNKNOWN) /.test(line));
    expect(amiss.filter((line) => !/^(PROBLEM|UNKNOWN) +host-[ab] /.test(line))).to.deep.equal([]);
  });

  it("runs the dry run's CronJob to its end: refused, with a record on the volume that names the hosts", () => {
    const { code, out, err } = inPod("dry-run-cronjob");
    expect(code, err).to.equal(3);
    expect(out)
      .to.match(/^DRILL REFUSED /)
      .and.to.match(/^ready {5}NOT VERIFIED$/m);
    const file = path.join(folders().claim, "results/drill_dry_run.json");
    expect(existsSync(file)).to.equal(true);
    expect(readFileSync(file, "utf8")).to.include("host-a");
    expect(statSync(file).uid).to.equal(ACCOUNT);
  });
});
