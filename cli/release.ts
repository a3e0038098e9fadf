import { Command } from "commander";
import { releaseStores } from "../operator/release/release-stores";
import { UserError } from "../settings/user-error";
import { loadEnvironment } from "../settings/load-environment";
import { viewFrom } from "../settings/pair";
import { defaultEnvConfig } from "./env-config";
import { outputOption, structured, type TextOrJson } from "./structured-output";

interface ReleaseFlags {
  readonly envConfig: string;
  readonly thePeerCannotWrite: boolean;
  readonly output: TextOrJson;
}

const WORDS = "--the-peer-cannot-write";

/** `understudy release`: lets a held former primary start writable, on the operator's word that its peer is down. */
export function releaseCommand(): Command {
  return new Command("release")
    .description("let a former primary that waits for its peer start writable; you vouch that the peer cannot write")
    .argument("<host>", "the host that waits")
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .option(WORDS, "you have made sure that the other host's stores are stopped and stay stopped", false)
    .addOption(outputOption())
    .addHelpText("before", `Example:\n  understudy release host-a ${WORDS}\n`)
    .action(async (name: string, { envConfig, thePeerCannotWrite, output }: ReleaseFlags) => {
      const { self, peer } = findHost(envConfig, name);
      if (peer === undefined) {
        throw new UserError(`${name} stands alone: it has no peer to wait for`, "understudy status", 3);
      }
      if (!thePeerCannotWrite) {
        throw new UserError(
          `${name} would start writable without knowing what ${peer.name} does: refused`,
          `understudy release ${name} ${WORDS}`,
          3,
        );
      }
      const stores = await releaseStores(self, (line) => void process.stderr.write(`${line}\n`));
      if (output === "json") process.stdout.write(structured(output, { host: name, stores }));
    });
}

function findHost(envConfig: string, name: string): ReturnType<typeof viewFrom> {
  const environment = loadEnvironment(envConfig);
  try {
    return viewFrom(environment, name);
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error), "understudy status", 2);
  }
}
