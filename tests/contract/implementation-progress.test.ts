import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parseMapping } from "../../evidence/acceptance/requirements/mapping";
import { PROGRESS_FILE } from "../../evidence/acceptance/requirements/render-progress";
import { MAPPING_FILE, projectFiles } from "../../evidence/acceptance/requirements/verify-requirements";

const mapping = parseMapping(readFileSync(MAPPING_FILE, "utf8"), MAPPING_FILE);

describe("the page of progress", () => {
  it("has every requirement, and code that is there", () => {
    const page = readFileSync(PROGRESS_FILE, "utf8");
    const { matching } = projectFiles(".");
    for (const { id, code } of mapping.requirements) {
      expect(page).to.include(`- **${id}** `);
      expect(
        code.filter((place) => matching(place).length === 0),
        id,
      ).to.deep.equal([]);
    }
  });
});
