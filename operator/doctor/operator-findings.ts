import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../../settings/user-error";
import { good, problem, type Finding } from "./finding";

const TIMEOUT_MS = 20_000;
const LEAST_NODE = 22;

/** What installs Node or Pulumi: a checkout does it itself, a package leaves it to the operator. */
function installWith(words: string): string {
  const own = "toolchain/setup.sh";
  return existsSync(path.resolve(__dirname, "../..", own)) ? `${own} --only tools` : words;
}

/** Whether a `major.minor.patch` is at least `least`; the parts that `least` leaves out do not count. */
export function isAtLeast(version: string, least: string): boolean {
  const numbers = (text: string): number[] => (/\d+(\.\d+)*/.exec(text)?.[0] ?? "").split(".").map(Number);
  const [have, need] = [numbers(version), numbers(least)];
  for (const [at, wanted] of need.entries()) {
    const part = have[at] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

async function said(program: string, ...words: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(program, words, { timeout: TIMEOUT_MS });
  return (stdout.trim() || stderr.trim()).split("\n", 1)[0] ?? "";
}

/** The programs this machine needs, by version. `pinnedPulumi` is the version of the SDK that the engine must fit. */
export async function operatorFindings(pinnedPulumi: string): Promise<readonly Finding[]> {
  const node = process.version.slice(1);
  return [
    isAtLeast(node, String(LEAST_NODE))
      ? good("node", null, node)
      : problem(
          "node",
          null,
          `${node}, ${LEAST_NODE} or newer is needed`,
          installWith(`put Node.js ${LEAST_NODE} or newer first on PATH`),
        ),
    await said("pulumi", "version").then(
      (version) => pulumiFinding(version, pinnedPulumi),
      (error: unknown) => problem("pulumi", null, messageOf(error), installPulumi(pinnedPulumi)),
    ),
    await said("ssh", "-V").then(
      (version) => good("ssh client", null, version),
      (error: unknown) => problem("ssh client", null, messageOf(error), "install the OpenSSH client"),
    ),
  ];
}

/** An engine older than the SDK may not know what the SDK asks of it; another major version does not fit. */
export function pulumiFinding(version: string, pinned: string): Finding {
  const own = version.replace(/^v/, "");
  const fits = isAtLeast(own, pinned) && own.split(".", 1)[0] === pinned.split(".", 1)[0];
  return fits
    ? good("pulumi", null, own)
    : problem("pulumi", null, `${own}, the SDK is ${pinned}`, installPulumi(pinned));
}

function installPulumi(version: string): string {
  return installWith(`install Pulumi ${version}: https://www.pulumi.com/docs/install`);
}
