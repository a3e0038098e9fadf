import { inspect } from "node:util";
import { expect } from "chai";
import { withoutModuleFrames } from "../../../../drills/engine/module-frames";

describe("an error that ends the program", () => {
  it("keeps its words and the frames of this project, and none of a module's", () => {
    const error = new Error("no host answers\nnext: understudy status");
    error.stack = [
      "Error: no host answers",
      "next: understudy status",
      "    at program (/home/ops/understudy/index.ts:20:3)",
      "    at Stack.initializeAndRegisterOutputs (/home/ops/understudy/node_modules/@pulumi/resource.ts:1598:22)",
    ].join("\n");
    expect(withoutModuleFrames(error)).to.equal(error);
    expect(inspect(error, { colors: true }), "what Pulumi does with it")
      .to.include("index.ts:20:3")
      .and.not.include("resource.ts");
    expect(error.message).to.equal("no host answers\nnext: understudy status");
  });

  it("is left alone when it is something else that was thrown", () => {
    expect(withoutModuleFrames("words")).to.equal("words");
  });
});
