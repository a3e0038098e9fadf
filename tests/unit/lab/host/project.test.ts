import { expect } from "chai";
import { parse } from "yaml";
import { sharedEntries, takenOver } from "../../../../lab/host/project";
import { HOST_A, HOST_B } from "../../../../lab/host/layout";
import { missingKeys, plainConfig, SECRET_KEYS } from "../../../../lab/host/stacks";

const complete = (role: string): string =>
  [
    "config:",
    "  understudy:environment: configs/deploy/environments/lab.yaml",
    "  understudy:host: host-b",
    `  understudy:role: ${role}`,
    ...SECRET_KEYS.map((key) => `  ${key}: {secure: "v1:x"}`),
  ].join("\n");

describe("project folder of the lab", () => {
  it("shares a checkout's entries, but neither stack config, nor history, nor documents", () => {
    const entries = [".git", "Pulumi.yaml", "Pulumi.primary.yaml", "docs", "index.ts", "node_modules", ".npmrc"];
    expect(sharedEntries(entries)).to.deep.equal(["index.ts", "node_modules", ".npmrc"]);
  });

  it("takes over plain settings; no secret, salt, or place of another pair", () => {
    const text = [
      "encryptionsalt: v1:abc",
      "config:",
      "  understudy:environment: configs/deploy/environments/prodlike_multi_host.yaml",
      "  understudy:host: host-a",
      "  understudy:role: standby",
      "  understudy:redisPassword: {secure: v1:x}",
      "  other:setting: {nested: 3}",
    ].join("\n");
    expect(parse(takenOver(text))).to.deep.equal({ config: { "other:setting": { nested: 3 } } });
  });

  for (const text of ["", "# nothing\n", "config:\n", "encryptionsalt: v1:abc\n"]) {
    it(`takes nothing over from ${JSON.stringify(text)}`, () => {
      expect(takenOver(text)).to.equal("");
    });
  }
});

describe("stack config of the lab", () => {
  it("lacks everything in an empty file", () => {
    expect(missingKeys(HOST_A, "")).to.deep.equal([...Object.keys(plainConfig(HOST_A)), ...SECRET_KEYS]);
  });

  it("lacks nothing when complete, whichever role the host has now", () => {
    expect(missingKeys(HOST_B, complete("standby"))).to.deep.equal([]);
    expect(missingKeys(HOST_B, complete("primary"))).to.deep.equal([]);
  });

  it("is set right when it names another environment or another host", () => {
    expect(missingKeys(HOST_B, complete("standby").replace("lab.yaml", "prodlike_multi_host.yaml"))).to.deep.equal([
      "understudy:environment",
    ]);
    expect(missingKeys(HOST_A, complete("primary"))).to.deep.equal(["understudy:host"]);
  });

  it("lacks only the one secret that is gone", () => {
    const text = complete("standby").replace(/.*redisPassword.*\n/, "");
    expect(missingKeys(HOST_B, text)).to.deep.equal(["understudy:redisPassword"]);
  });
});
