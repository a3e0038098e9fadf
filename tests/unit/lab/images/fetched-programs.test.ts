import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { labContainers, programMark } from "../../../../lab/images/exporters";
import { temporaryFolder } from "../../../support/temporary-folder";

describe("the programs that the lab's images hold and a set-up fetches", () => {
  const folder = temporaryFolder();
  const env = (): NodeJS.ProcessEnv => ({ UNDERSTUDY_CACHE: folder() });

  /** As a set-up leaves it: the program in a folder of its build, and a link to it. */
  function fetched(build: string, content: string): void {
    const file = path.join(folder(), "go/otelcol", build, "otelcol");
    const link = path.join(folder(), "bin/otelcol");
    mkdirSync(path.dirname(file), { recursive: true });
    mkdirSync(path.dirname(link), { recursive: true });
    writeFileSync(file, content);
    rmSync(link, { force: true });
    symlinkSync(file, link);
  }

  it("have no mark, and no container, before they are fetched", () => {
    expect(programMark("collector", env())).to.equal("");
    expect(labContainers(env())).to.not.include("collector");
    expect(programMark("redis", env())).to.equal("");
  });

  it("have another mark with each build, so that a new one gets an image of its own", () => {
    fetched("0011", "linked with a C library");
    const former = programMark("collector", env());
    expect(labContainers(env())).to.include("collector");
    expect(programMark("collector", env())).to.equal(former);
    fetched("0022", "without");
    expect(programMark("collector", env())).to.not.equal(former).and.to.not.include(folder());
  });
});
