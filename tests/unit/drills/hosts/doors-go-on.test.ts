import { expect } from "chai";
import { doorsOf, type OpenDoor } from "../../../../drills/hosts/doors";

/** A door's keeper that answers `lead` so, and writes down what it is told. */
function door(host: string, told: string[], answer: () => readonly string[]): OpenDoor {
  const ask = (words: string): Promise<string[]> => {
    told.push(`${host}: ${words}`);
    return Promise.resolve().then(() => (words.startsWith("lead") ? [...answer()] : []));
  };
  return { host, keeper: { ask, close: () => undefined } };
}

describe("the order by which a door's clients go on", () => {
  it("is one for each door, which leads and resumes", async () => {
    const told: string[] = [];
    const resumed = (): readonly string[] => ["resumed=yes"];
    const doors = doorsOf([door("host-a", told, resumed), door("host-b", told, resumed)]);
    await doors.goOn("host-b").finally(() => doors.close());
    expect(told).to.deep.equal(["host-a: lead postgres peer resume", "host-b: lead postgres own resume"]);
  });

  it("is followed by another one where a keeper is of a program from before, and only leads", async () => {
    const told: string[] = [];
    const doors = doorsOf([door("host-a", told, () => []), door("host-b", told, () => ["resumed=yes"])]);
    await doors.goOn("host-a").finally(() => doors.close());
    expect(told.slice(2)).to.deep.equal(["host-a: resume", "host-b: resume"]);
  });

  it("fails where a door was not told, and the other one was", async () => {
    const told: string[] = [];
    const gone = (): never => {
      throw new Error("the door of host-a: no answer");
    };
    const doors = doorsOf([door("host-a", told, gone), door("host-b", told, () => ["resumed=yes"])]);
    const failure = (await doors
      .goOn("host-b")
      .catch((error: unknown) => error)
      .finally(() => doors.close())) as Error;
    expect(failure.message).to.equal("the door of host-a: no answer");
    expect(told).to.include("host-b: lead postgres own resume");
  });
});
