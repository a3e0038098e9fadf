import { globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { understudyCommands, usageFault } from "../support/documentation/commands";
import { parsePage } from "../support/documentation/pages";
import { readManifests, unknownFields, valueFaults, type Manifest } from "../support/kubernetes-schema";
import { podOf } from "../support/pod-arguments";
import { runProgram } from "../support/run-program";
import { temporaryFolder } from "../support/temporary-folder";

const files = globSync("configs/k8s/*.yaml").sort();
const manifests = files.flatMap((file) => readManifests(readFileSync(file, "utf8")));

/** A manifest with one place changed, by dotted path. */
function changed(manifest: Manifest, place: string, value: unknown): Manifest {
  const copy = structuredClone(manifest);
  const keys = place.split(".");
  const last = keys.pop() ?? "";
  const parent = keys.reduce<Record<string, unknown>>((node, key) => node[key] as Record<string, unknown>, copy);
  parent[last] = value;
  return copy;
}

/** The scripts of a manifest's containers. */
function scripts(manifest: Manifest): readonly string[] {
  const text = JSON.stringify(manifest);
  return [...text.matchAll(/"args":\[("(?:[^"\\]|\\.)*")\]/g)].map(([, script = '""']) => JSON.parse(script) as string);
}

describe("the Kubernetes manifests", function () {
  this.timeout(120_000);
  this.slow(20_000);
  const folder = temporaryFolder();
  const cronJob = (): Manifest => manifests.find(({ kind }) => kind === "CronJob")!;

  it("are a namespace, a volume, jobs, scheduled jobs and a pod for an operator", () => {
    expect(new Set(manifests.map(({ kind }) => kind))).to.deep.equal(
      new Set(["Namespace", "PersistentVolumeClaim", "Job", "CronJob", "Pod"]),
    );
  });

  it("hold to the Kubernetes API's schema: values, and fields that must be there", async () => {
    for (const manifest of manifests) expect(await valueFaults(manifest), manifest.kind).to.deep.equal([]);
  });

  it("have no field that the Kubernetes API does not know", () => {
    expect(unknownFields(manifests)).to.deep.equal([]);
  });

  it("are checked: a wrong word, a missing field, a wrong amount and an unknown field are found", async () => {
    const container = "spec.jobTemplate.spec.template.spec.containers.0";
    for (const [place, value] of [
      ["spec.concurrencyPolicy", "Sometimes"],
      ["spec.schedule", undefined],
      [`${container}.resources.limits.memory`, "plenty"],
      ["kind", "CronJobs"],
    ] as const) {
      expect(await valueFaults(changed(cronJob(), place, value)), place).not.to.deep.equal([]);
    }
    const [fault, ...more] = unknownFields([changed(cronJob(), `${container}.imagePullPolcy`, "Always")]);
    expect(fault).to.include("imagePullPolcy");
    expect(more).to.deep.equal([]);
  });

  it("run scripts that shellcheck accepts, with verbs that are understood, flag by flag", () => {
    const all = manifests.flatMap(scripts);
    expect(all).to.have.length(manifests.filter(({ kind }) => kind.endsWith("Job")).length);
    all.forEach((script, index) => {
      const file = path.join(folder(), `${String(index)}.sh`);
      writeFileSync(file, `#!/bin/sh\nset -eu\n${script}`);
      const { code, said } = runProgram("shellcheck", file);
      expect(code, said).to.equal(0);
      const commands = understudyCommands(parsePage("script", `\`\`\`sh\n${script}\n\`\`\`\n`));
      expect(commands).not.to.deep.equal([]);
      for (const words of commands) expect(usageFault(words), words.join(" ")).to.equal(undefined);
    });
  });

  it("give no container anything to write to but the volume, the results on it, and a scratch folder that goes with it", () => {
    const pods = manifests.filter(({ kind }) => /Job$|^Pod$/.test(kind)).map(podOf);
    expect(pods).to.have.length(files.length - 1);
    for (const pod of pods) {
      const [{ securityContext, volumeMounts, env }] = pod.containers;
      expect(securityContext).to.deep.include({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
      const writable = volumeMounts.filter(({ readOnly }) => readOnly !== true);
      expect(writable.map(({ mountPath }) => mountPath)).to.deep.equal([
        "/var/lib/understudy",
        "/opt/understudy/docs/results",
        "/tmp",
      ]);
      expect(pod.volumes.find(({ emptyDir }) => emptyDir)?.name).to.equal(writable.at(-1)?.name);
      expect(env).to.deep.include({ name: "HOME", value: "/var/lib/understudy" });
    }
  });

  it("never run two drills of one pair side by side, and try none again by themselves", () => {
    for (const manifest of manifests.filter(({ kind }) => kind === "CronJob")) {
      expect(manifest).to.have.nested.property("spec.concurrencyPolicy", "Forbid");
      expect(manifest).to.have.nested.property("spec.jobTemplate.spec.backoffLimit", 0);
    }
    for (const manifest of manifests.filter(({ kind }) => kind === "Job")) {
      expect(manifest).to.have.nested.property("spec.backoffLimit", 0);
    }
  });
});
