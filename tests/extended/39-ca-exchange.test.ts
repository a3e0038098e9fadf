import path from "node:path";
import { expect } from "chai";
import type { CertificatesOutcome } from "../../operator/certificates/certificates";
import { good } from "../support/lab-pair";
import { LAB_ENVIRONMENT, labCredentials, understudy } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";
import { untilAllWell } from "../support/until-all-well";

const ENV = ["--env-config", LAB_ENVIRONMENT];

describe("the exchange of the pair's CA, on the lab", function () {
  this.timeout(900_000);
  const folder = temporaryFolder();

  const certificates = async (...words: readonly string[]): Promise<CertificatesOutcome> =>
    JSON.parse(
      good(await understudy("certificates", ...ENV, ...words, "--output", "json")).stdout,
    ) as CertificatesOutcome;

  it("come from another CA after its three steps, with an `up` after each, and both hosts are well after each", async () => {
    const believed = async (): Promise<string | undefined> => (await labCredentials()).clients?.understudy_drill?.ca;
    const before = await believed();
    for (const [step, phase] of [
      ["add", "added"],
      ["renew", "renewed"],
      ["drop", "steady"],
    ] as const) {
      expect((await certificates("--exchange-ca", step, "--execute")).phase).to.equal(phase);
      good(await understudy("up", ...ENV, "--execute"));
      await untilAllWell();
    }
    expect(await believed(), "the old one is believed no more").to.not.equal(before);
    good(await understudy("switchover", ...ENV, "--output-file", path.join(folder(), "dry.env")));
  });
});
