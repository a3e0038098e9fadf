import { expect } from "chai";
import { LAB_FOLDER } from "../../../../settings/lab-folder";
import { isLabProcess, processes } from "../../../../lab/host/processes";

describe("processes of the lab", () => {
  for (const [program, commandLine] of [
    ["dockerd", `dockerd --config-file ${LAB_FOLDER}/host-a/daemon.json`],
    [
      "containerd-shim-runc-v2",
      `containerd-shim-runc-v2 -address ${LAB_FOLDER}/host-a/exec/containerd/containerd.sock`,
    ],
    ["ssh", `ssh: ${LAB_FOLDER}/ssh/control-0123 [mux]`],
    ["sshd", `sshd: sshd -D -f ${LAB_FOLDER}/host-b/sshd_config [listener] 0 of 1000`],
  ] as const) {
    it(`are recognised: ${program}`, () => {
      expect(isLabProcess({ program, commandLine })).to.equal(true);
    });
  }

  for (const [why, program, commandLine] of [
    ["an editor that shows a lab file", "vim", `vim ${LAB_FOLDER}/host-a/dockerd.log`],
    ["a shell whose command names the lab", "bash", `bash -c ls ${LAB_FOLDER}/`],
    ["the machine's own engine", "dockerd", "dockerd -H fd://"],
    ["a folder whose name begins alike", "dockerd", `dockerd --data-root ${LAB_FOLDER}-old/x`],
  ] as const) {
    it(`do not include ${why}`, () => {
      expect(isLabProcess({ program, commandLine })).to.equal(false);
    });
  }

  it("are looked for among what really runs, this test included", () => {
    const self = processes().find((one) => one.pid === process.pid);
    expect(self?.program).to.match(/node/);
    expect(self?.networkNamespace).to.be.greaterThan(0);
  });
});
