import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { CREDENTIAL_KEYS } from "../../settings/credentials";
import { blocksUnder } from "../support/documentation/shell-blocks";
import { readManifests } from "../support/kubernetes-schema";
import { runShell, type ShellRun } from "../support/run-shell";
import { temporaryFolder } from "../support/temporary-folder";

const CHECKOUT = path.resolve(__dirname, "../..");
const MANIFEST = "configs/k8s/bootstrap-job.yaml";
const RUNBOOK = "docs/K8S_DEPLOYMENT_RUNBOOK.md";
/** All but the one that may be left out. */
const KEYS = Object.values(CREDENTIAL_KEYS).filter((key) => key !== CREDENTIAL_KEYS.roles);
const STACKS = ["primary", "standby"];

/** The script of the bootstrap job. */
function script(): string {
  const [, words = '""'] =
    /"args":\[("(?:[^"\\]|\\.)*")\]/.exec(JSON.stringify(readManifests(readFileSync(MANIFEST, "utf8")))) ?? [];
  return JSON.parse(words) as string;
}

/** The image's checkout in a folder, its `understudy` a stand-in that notes what it is called with, and the secret's files. */
function pod(root: string): void {
  const image = path.join(root, "opt/understudy");
  for (const folder of [
    path.join(image, "bin"),
    path.join(root, "etc/understudy"),
    path.join(root, "var/lib/understudy"),
  ])
    mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(CHECKOUT))
    if (name !== "bin" && !name.startsWith(".")) symlinkSync(path.join(CHECKOUT, name), path.join(image, name));
  writeFileSync(path.join(image, "bin/understudy"), `#!/bin/sh\necho "$@" >>'${root}/called'\n`);
  chmodSync(path.join(image, "bin/understudy"), 0o755);
  for (const key of KEYS) writeFileSync(path.join(root, "etc/understudy", key), `of ${key}`);
  writeFileSync(path.join(root, "etc/understudy/passphrase"), "of the secrets");
}

describe("the bootstrap job of Kubernetes, with the real engine and no hosts", function () {
  this.timeout(180_000);
  this.slow(60_000);
  const folder = temporaryFolder();
  const environmentFile = (): string => path.join(folder(), "etc/understudy/environment.yaml");

  /** Runs a script as the job does, every absolute place of the image taken to this folder. */
  function inPod(text: string): ShellRun {
    const moved = text.replaceAll(/(?<=[\s"'=(/])\/(opt|etc|var\/lib)\/understudy/g, `${folder()}/$1/understudy`);
    return runShell(folder(), `export UNDERSTUDY_ENV_CONFIG='${environmentFile()}'\n${moved}`, 150_000);
  }

  before(() => {
    pod(folder());
    const { code, err } = inPod(script());
    expect(code, err).to.equal(0);
  });

  for (const stack of STACKS) {
    it(`gives stack ${stack} every password of the secret, and the secret's environment file`, () => {
      const said = inPod(
        `cd /var/lib/understudy/project
        eval "$(/opt/understudy/toolchain/setup.sh --print-env)"
        export PULUMI_BACKEND_URL=file:///var/lib/understudy/state PULUMI_CONFIG_PASSPHRASE_FILE=/etc/understudy/passphrase
        pulumi -s ${stack} config --show-secrets --json`,
      );
      expect(said.code, said.err).to.equal(0);
      const config = JSON.parse(said.out) as Record<string, { value: string; secret: boolean }>;
      for (const key of KEYS) expect(config[`understudy:${key}`]).to.include({ value: `of ${key}`, secret: true }, key);
      expect(config["understudy:environment"]?.value).to.equal(environmentFile());
      expect(config["understudy:role"]?.value).to.equal(stack);
    });
  }

  it("then brings both stacks up and asks for their health", () => {
    expect(readFileSync(path.join(folder(), "called"), "utf8")).to.equal("up --execute\nhealth\n");
  });

  it("finds in the runbook's secret every file that it reads", () => {
    const secret = blocksUnder(RUNBOOK, "Bootstrap").join("\n");
    for (const file of [...KEYS, "passphrase", "environment.yaml"]) expect(secret).to.include(`--from-file=${file}`);
  });
});
