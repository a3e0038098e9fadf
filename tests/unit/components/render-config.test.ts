import { expect } from "chai";
import { renderConfig } from "../../../components/config-files";

describe("renderConfig", () => {
  it("replaces every occurrence of every placeholder", () => {
    const text = renderConfig("x", "a ${one} ${two} ${one}\n", { one: 1, two: "b" });
    expect(text).to.equal("a 1 b 1\n");
  });

  it("keeps dollar signs, replacement patterns and Go templates as they are", () => {
    const text = renderConfig("x", "$1 {{ $labels.host }} ${one}", { one: "$& $1 ${two}" });
    expect(text).to.equal("$1 {{ $labels.host }} $& $1 ${two}");
  });

  it("names the file and every problem at once", () => {
    const render = (): string => renderConfig("configs/x.conf", "${a} ${constructor}", { b: 1, c: "x\nallow all" });
    expect(render).to.throw(
      "cannot render configs/x.conf: placeholder ${a} has no value; placeholder ${constructor} has no value; " +
        'value "b" has no placeholder; value "c" has no placeholder; value "c" contains a line break',
    );
  });

  for (const odd of ["${}", "${Upper}", "${with space}", "${a-b}"]) {
    it(`does not let the odd placeholder ${odd} through`, () => {
      expect(() => renderConfig("x", odd, {})).to.throw(`placeholder ${odd} has no value`);
    });
  }
});
