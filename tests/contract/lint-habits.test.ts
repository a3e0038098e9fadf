import { expect } from "chai";
import { ESLint, Linter } from "eslint";

/** Rules of the checkout's own lint that need no types, for one file, applied to a text. */
async function habitsOf(file: string): Promise<(text: string) => readonly string[]> {
  const { plugins, rules, languageOptions } = (await new ESLint().calculateConfigForFile(file)) as Linter.Config & {
    rules: Linter.RulesRecord;
  };
  const config: Linter.Config = {
    files: ["**/*.ts"],
    plugins: { understudy: plugins?.["understudy"] ?? {} },
    languageOptions: { parser: languageOptions?.["parser"] },
    rules: Object.fromEntries(["understudy/documented-exports", "max-lines"].map((name) => [name, rules[name]!])),
  };
  return (text) => new Linter().verify(text, [config], { filename: "x.ts" }).map(({ message }) => message);
}

const EXPORTS: readonly (readonly [name: string, declaration: string])[] = [
  ["LIMIT", "export const LIMIT = 1;"],
  ["Name", 'export type Name = "a" | "b";'],
  ["Args", "export interface Args { readonly a: number }"],
  ["read", "export function read(): void {}"],
  ["read", "export async function read(): Promise<void> {}"],
  ["Host", "export abstract class Host {}"],
  ["Kind", "export enum Kind { A }"],
  ["the default", "export default { a: 1 };"],
];

describe("lint holds what CONTRIBUTING promises", function () {
  this.timeout(20_000);
  let source: (text: string) => readonly string[];
  before(async () => void (source = await habitsOf("settings/names.ts")));

  for (const [name, declaration] of EXPORTS) {
    it(`a docstring right before: ${declaration}`, () => {
      const bare = [`${name} is exported without a docstring`];
      expect(source(`/** What it means. */\n${declaration}`)).to.deep.equal([]);
      expect(source(declaration)).to.deep.equal(bare);
      expect(source(`// What it means.\n${declaration}`)).to.deep.equal(bare);
      expect(source(`/** Of something else. */\nconst other = 1;\n${declaration}`)).to.deep.equal(bare);
    });
  }

  it("none on what only passes on, and one for all signatures of a function", () => {
    expect(source('export { x } from "./x";\nexport * from "./y";')).to.deep.equal([]);
    const signatures = "export function f(a: string): void;\nexport function f(a: number): void;\n";
    const whole = `${signatures}export function f(a: string | number): void {}`;
    expect(source(`/** Takes either. */\n${whole}`)).to.deep.equal([]);
    expect(source(whole)).to.deep.equal(["f is exported without a docstring"]);
  });

  it("no source file over 300 lines; a test may tell a longer story", async () => {
    const lines = (count: number): string => "void 0;\n".repeat(count).trimEnd();
    expect(source(lines(300))).to.deep.equal([]);
    expect(source(lines(301)).join()).to.match(/too many lines \(301\)/);
    expect((await habitsOf("tests/unit/run-stages.test.ts"))(lines(301))).to.deep.equal([]);
  });
});
