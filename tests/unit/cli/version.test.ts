import { Command, CommanderError } from "commander";
import { expect } from "chai";
import { addVersionOption, versionText } from "../../../cli/version";
import { CONTRACT_VERSION } from "../../../evidence/document";
import { ownPackage } from "../../../operator/version/own-package";

describe("understudy --version", () => {
  const known = {
    understudy: "1.2.3",
    evidenceContract: 7,
    node: "22.1.0",
    engine: "3.259.0",
    sdk: "3.259.1",
    plugins: [
      { name: "docker", version: "5.2.0", place: "/opt/pulumi/pulumi-resource-docker" },
      { name: "command", version: "1.2.1", place: null },
    ],
  };

  it("has a line for this program, the contract, Node, Pulumi and each plugin", () => {
    expect(versionText(known)).to.equal(
      [
        "understudy 1.2.3",
        "evidence contract 7",
        "node 22.1.0",
        "pulumi 3.259.0, SDK 3.259.1",
        "plugin docker 5.2.0, /opt/pulumi/pulumi-resource-docker",
        "plugin command 1.2.1, not here: Pulumi downloads it when a stack needs it",
        "",
      ].join("\n"),
    );
  });

  it("says that there is no engine, and does not fail for it", () => {
    expect(versionText({ ...known, engine: null })).to.include("\npulumi not found, SDK 3.259.1\n");
  });

  it("reads them, prints them, and ends well", () => {
    let said = "";
    const program = new Command("understudy").exitOverride().configureOutput({ writeOut: (text) => (said += text) });
    addVersionOption(program);
    expect(() => program.parse(["--version"], { from: "user" }))
      .to.throw(CommanderError)
      .with.property("exitCode", 0);
    const { version, dependencies } = ownPackage();
    expect(said).to.include(
      `understudy ${version}\nevidence contract ${CONTRACT_VERSION}\nnode ${process.versions.node}\n`,
    );
    expect(said).to.match(/\npulumi (not found|\d+\.\d+\.\d+), SDK \d+\.\d+\.\d+\n/);
    expect(said).to.include(`\nplugin docker ${dependencies["@pulumi/docker"]}, `);
  });
});
