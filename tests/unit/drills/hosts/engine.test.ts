import { expect } from "chai";
import { sshArguments } from "../../../../drills/hosts/engine";

const QUIET = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-T"];

describe("the arguments of OpenSSH", () => {
  it("carry the host's configuration file, port and user", () => {
    const host = { docker: "ssh://root@10.91.0.11:2222", ssh_config: "/etc/understudy/ssh" };
    expect(sshArguments(host)).to.deep.equal([
      ...["-F", "/etc/understudy/ssh", ...QUIET],
      ...["-p", "2222", "-l", "root", "--", "10.91.0.11"],
    ]);
  });

  it("leave to the operator's own configuration what the endpoint does not say", () => {
    expect(sshArguments({ docker: "ssh://host-a.example" })).to.deep.equal([...QUIET, "--", "host-a.example"]);
  });

  it("never let OpenSSH ask a question, and bound how long it tries", () => {
    expect(sshArguments({ docker: "ssh://a@b" })).to.include.members(["BatchMode=yes", "ConnectTimeout=5"]);
  });

  it("undo the escapes of a user's name", () => {
    expect(sshArguments({ docker: "ssh://first%40corp@host-a" })).to.include("first@corp");
  });

  it("end the options before the host's name, which is then never taken for one", () => {
    expect(sshArguments({ docker: "ssh://-oProxyCommand=x" }).slice(-2)).to.deep.equal(["--", "-oProxyCommand=x"]);
  });
});
