import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

const CHECKOUT = path.resolve(__dirname, "../..");

/**
 * Loads a dynamic provider from its text as the engine's plugin does, in a bare process in the checkout, calls one of
 * its methods and returns what that gave (undefined as null).
 * @throws Error with the process's own words when loading or calling fails
 */
export async function callProvider(text: string, method: string, ...args: readonly unknown[]): Promise<unknown> {
  const program = `
    const load = require("require-from-string");
    const { text, method, args } = JSON.parse(process.env.CALL);
    const provider = load(text).handler();
    provider[method](...args).then((result) => {
      process.stdout.write(JSON.stringify({ result: result ?? null }));
    });`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", program], {
    cwd: CHECKOUT,
    env: { PATH: process.env["PATH"], CALL: JSON.stringify({ text, method, args }) },
    timeout: 30_000,
  });
  return (JSON.parse(stdout) as { result: unknown }).result;
}

/** The modules that a provider's text loads when it runs, in the order in which they stand there. */
export function modulesOf(text: string): readonly string[] {
  return [...text.matchAll(/(?<![.\w])require\(\s*["'`]([^"'`]+)["'`]\s*\)/g)].map((match) => match[1] ?? "");
}
