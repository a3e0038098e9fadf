import { expect } from "chai";
import * as pulumi from "@pulumi/pulumi";
import { secretFile, settingFile } from "../../../components/config-files";

describe("a file of a container", () => {
  it("that is a secret is one in the stack's state, and never replaces the container", async () => {
    const file = secretFile("redis", "hush");
    expect([file.name, file.onChange]).to.deep.equal(["redis", "reload"]);
    expect(await pulumi.isSecret(pulumi.output(file.content))).to.equal(true);
  });

  it("that is a setting is in clear, and replaces the container unless its program reads it anew", () => {
    expect(settingFile("redis.conf", "port 1\n")).to.deep.equal({
      ...{ name: "redis.conf", content: "port 1\n", onChange: "replace" },
    });
    expect(settingFile("rules/understudy.yml", "groups: []\n", "reload").onChange).to.equal("reload");
  });

  for (const name of ["", "/etc/passwd", "../redis", "a/../b", "a//b", "a/", ".hidden", "With Space", "x".repeat(81)]) {
    it(`has no such name as ${JSON.stringify(name)}`, () => {
      expect(() => secretFile(name, "hush"))
        .to.throw("no name for a file of a container")
        .and.not.match(/hush/);
      expect(() => settingFile(name, "text")).to.throw("no name for a file of a container");
    });
  }
});
