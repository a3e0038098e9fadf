import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { projectAbove, projectFolder } from "../../../settings/project-folder";
import { temporaryFolder } from "../../support/temporary-folder";
import { workingIn } from "../../support/working-folder";

const CHECKOUT = path.resolve(__dirname, "../../..");

describe("the project's folder", () => {
  const folder = temporaryFolder();

  /** A folder `name` in the temporary one, with a `Pulumi.yaml` of that text where one is given. */
  function place(name: string, text?: string): string {
    const made = path.join(folder(), name);
    mkdirSync(made, { recursive: true });
    if (text !== undefined) writeFileSync(path.join(made, "Pulumi.yaml"), text);
    return made;
  }

  it("is the nearest one upwards, also from a package inside it", () => {
    const project = place("pair", "name: understudy\nmain: node_modules/understudy/index.ts\n");
    expect(projectAbove(project)).to.equal(project);
    expect(projectAbove(place("pair/node_modules/understudy/drills"))).to.equal(project);
  });

  it("is not another project's, nor one whose name only begins alike", () => {
    const ours = place("outer", "description: ours\nname: 'understudy' # a pair\n");
    expect(projectAbove(place("outer/shop", "name: shop\n"))).to.equal(ours);
    expect(projectAbove(place("outer/tests", "name: understudy-tests\n"))).to.equal(ours);
  });

  it("is nowhere above a folder without one", () => {
    expect(projectAbove(place("empty"))).to.equal(undefined);
  });

  it("is the folder of the code where this process works elsewhere", async () => {
    expect(await workingIn(place("elsewhere"), projectFolder)).to.equal(CHECKOUT);
  });
});
