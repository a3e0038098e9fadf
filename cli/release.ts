import { Command } from "commander";
import { connectEngine } from "../drills/hosts/engine";
import { runInContainer } from "../drills/hosts/run-in-container";
import { UserError } from "../drills/user-error";
import { containerName } from "../settings/names";
import { loadEnvironment } from "../settings/load-environment";
import { viewFrom } from "../settings/pair";
import { defaultEnvConfig } from "./env-config";

const WORDS = "--the-peer-cannot-write";

const HELD_STATE = [
  ["timescaledb", "${PGDATA%/*}/understudy"],
  ["redis", "/data/understudy"],
] as const;

/** A store that is not held gets no release: it would lie there and be used at a later boot. A drill's fence goes with it. */
function releaseIfHeld(state: string): string {
  return `if grep -q ^held "${state}/status"; then rm -f "${state}/fenced"; : > "${state}/release"; echo "released, it starts as primary within a second"; else echo "not held, nothing to release"; fi`;
}

/** `understudy release`: lets a held former primary start writable, on the operator's word that its peer is down. */
export function releaseCommand(): Command {
  return new Command("release")
    .description("let a held former primary start writable; you vouch that its peer cannot write")
    .argument("<host>", "the held host")
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .option(WORDS, "you have made sure that the other host's stores are stopped and stay stopped", false)
    .addHelpText("before", `Example:\n  understudy release host-a ${WORDS}\n`)
    .action(
      async (name: string, { envConfig, thePeerCannotWrite }: { envConfig: string; thePeerCannotWrite: boolean }) => {
        const { self, peer } = findHost(envConfig, name);
        if (peer === undefined) {
          throw new UserError(`${name} stands alone: it waits for no peer, so nothing is held`, "understudy status", 3);
        }
        if (!thePeerCannotWrite) {
          throw new UserError(
            `${name} would start writable without knowing what ${peer.name} does: refused`,
            `understudy release ${name} ${WORDS}`,
            3,
          );
        }
        const engine = connectEngine(self);
        try {
          for (const [store, state] of HELD_STATE) {
            const said = await runInContainer(engine.docker, containerName(store), ["sh", "-c", releaseIfHeld(state)]);
            process.stderr.write(`${store} on ${name}: ${said.trim()}\n`);
          }
        } finally {
          engine.close();
        }
      },
    );
}

function findHost(envConfig: string, name: string): ReturnType<typeof viewFrom> {
  const environment = loadEnvironment(envConfig);
  try {
    return viewFrom(environment, name);
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error), "understudy status", 2);
  }
}
