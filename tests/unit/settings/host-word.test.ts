import { expect } from "chai";
import { otherWords } from "../../../operator/lifecycle/down-pair";
import { hostOfWord, hostWord } from "../../../settings/host-word";
import { UserError } from "../../../settings/user-error";
import { sampleEnvironment } from "../components/sample";

const pair = sampleEnvironment(2);

function refusal(word: string): UserError {
  try {
    hostOfWord(pair, word, (one) => `understudy up --begin-anew ${one}`);
  } catch (error) {
    if (error instanceof UserError) return error;
  }
  throw new Error(`${word} was accepted`);
}

describe("a host in words that destroy", () => {
  it("is found by its environment and its name", () => {
    expect(hostOfWord(pair, hostWord(pair, "host-b"), String)).to.equal("host-b");
  });

  for (const word of ["host-a", "lab/host-a", "sample/host-c", "sample", "", "sample/host-a ", "SAMPLE/HOST-A"]) {
    it(`is refused as ${JSON.stringify(word)}, and the words are said`, () => {
      expect(refusal(word)).to.include({ exitCode: 3 });
      expect(refusal(word).next).to.match(/^understudy up --begin-anew sample\/host-[ab]$/);
    });
  }
});

describe("the words that remove data", () => {
  const said = (words: string | undefined): UserError | undefined => otherWords(pair, "pair.yaml", words);

  it("are every host of the environment, in the order of the file", () => {
    expect(said("sample/host-a sample/host-b")).to.equal(undefined);
    expect(said("  sample/host-a   sample/host-b ")).to.equal(undefined);
    expect(said(undefined)).to.equal(undefined);
  });

  for (const words of ["host-a host-b", "sample/host-a", "lab/host-a lab/host-b", "sample/host-b sample/host-a", ""]) {
    it(`are not ${JSON.stringify(words)}: the refusal has the command with its file`, () => {
      expect(said(words)).to.include({
        exitCode: 3,
        next: `understudy down --env-config pair.yaml --remove-data "sample/host-a sample/host-b"`,
      });
    });
  }
});
