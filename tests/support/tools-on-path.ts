import { execFileSync } from "node:child_process";
import path from "node:path";

const CHECKOUT = path.resolve(__dirname, "../..");

/** Puts the tool chain on this process's PATH for the tests of one `describe`. */
export function toolsOnPath(): void {
  const former = process.env["PATH"];
  before(() => {
    const words = 'eval "$("$0/toolchain/setup.sh" --print-env)"; printf %s "$PATH"';
    process.env["PATH"] = execFileSync("sh", ["-c", words, CHECKOUT], { encoding: "utf8" });
  });
  after(() => {
    process.env["PATH"] = former;
  });
}
