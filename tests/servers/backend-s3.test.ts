import { expect } from "chai";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { inShell } from "../support/in-shell";
import { pairInS3 } from "../support/pair-in-s3";

/** Against an S3 server that the tool chain builds, gofakes3: not the service, and not every server that speaks S3. */
describe("a pair whose states are in S3, by the real engine", function () {
  this.timeout(120_000);
  this.slow(60_000);
  const { folder, s3, verb } = pairInS3();

  it("has locks that nobody can look at: settle and doctor say so, and that is no success", async () => {
    const settle = await verb("settle");
    expect(settle.out).to.match(/stack primary of host-a: nothing to clear in its state, and its locks are unknown\n/);
    expect(settle.out)
      .to.match(/ {2}locked {3}unknown: .* s3:\/\/state\b/)
      .and.match(/--engines-have-ended\n$/);
    expect(settle.code).to.equal(2);
    const doctor = await verb("doctor");
    expect(doctor.out)
      .to.match(/GOOD +backend +s3:\/\/state\b/)
      .and.match(/UNKNOWN +state of standby .* is locked is unknown/);
    expect(doctor.code).to.equal(1);
  });

  it("is refused to be cleared without the operator's word that no engine is at work", async () => {
    const { code, err } = await verb("settle", "--execute");
    expect(code, err.join("\n")).to.equal(3);
    expect(err.join("\n")).to.match(
      /whether an engine is at work on stack primary is unknown: .*\nnext: make sure .*--engines-have-ended/,
    );
  });

  it("that is away is not taken for one without stacks: the advice is to reach it, never to make a stack", async () => {
    await inShell({ AWS_ACCESS_KEY_ID: undefined, AWS_EC2_METADATA_DISABLED: "true" }, async () => {
      for (const name of ["settle", "status"]) {
        const { code, err } = await verb(name);
        expect(code, name).to.equal(2);
        expect(err.join("\n"), name)
          .to.match(/next: export PULUMI_BACKEND_URL="s3:.*"; pulumi whoami .* s3:\/\/state .*AWS_ACCESS_KEY_ID/)
          .and.not.include("stack init");
      }
    });
  });

  it("has its credentials in no file, no object and no word", async () => {
    const files = globSync("**", { cwd: folder(), withFileTypes: true }).filter((one) => one.isFile());
    const texts = files.map((one) => readFileSync(path.join(one.parentPath, one.name), "latin1"));
    const runs = await Promise.all(["settle", "doctor"].map((name) => verb(name)));
    const said = runs.flatMap(({ out, err }) => [out, ...err]);
    expect([...texts, ...said, await s3().everything()].filter((text) => text.includes("hush-hush"))).to.deep.equal([]);
  });
});
