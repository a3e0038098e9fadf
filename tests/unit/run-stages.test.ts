import { expect } from "chai";
import { chooseStages, GATE, STAGES } from "../run/stages";

const chosen = (...named: string[]): readonly string[] => chooseStages(named).stages.map(({ name }) => name);

describe("the stages of a test run", () => {
  it("are all but those that run only by name when none is named; the requirements come last", () => {
    expect(chosen()).to.deep.equal(STAGES.map(({ name }) => name).filter((name) => name !== "extended"));
    expect(chosen().at(-1)).to.equal(GATE);
    expect(chooseStages([]).complete).to.equal(true);
  });

  it("do not have the requirements among them when only others are named: no run of a part is held against them", () => {
    expect(chosen("unit", "types")).to.deep.equal(["types", "unit"]);
    expect(chooseStages(["unit", "types"]).complete).to.equal(false);
  });

  it("leave no new report when the requirements are named alone: the last complete run is judged", () => {
    expect(chosen(GATE)).to.deep.equal([GATE]);
    expect(chooseStages([GATE]).complete).to.equal(false);
  });

  it("are a complete run too when everything is named, the long stories with it", () => {
    const everything = chooseStages(STAGES.map(({ name }) => name));
    expect(everything).to.deep.equal({ stages: STAGES, complete: true });
    expect(everything.stages.at(-1)?.name).to.equal(GATE);
  });
});
