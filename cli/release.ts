import { Command } from "commander";
import { connectEngine } from "../drills/hosts/engine";
import { runInContainer } from "../drills/hosts/run-in-container";
import { UserError } from "../settings/user-error";
import { containerName } from "../settings/names";
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

const HELD_STATE = [
  ["timescaledb", "${PGDATA%/*}/understudy"],
  ["redis", "/data/understudy"],
] as const;

/** What a store's container says, and what a person is told of it. */
const ANSWERS: Readonly<Record<string, string>> = {
  released: "released, it starts as primary within a second",
  "not held": "not held, nothing to release",
};

/** A store that is not held gets no release: it would lie there and be used at a later boot. A drill's fence goes with it. */
function releaseIfHeld(state: string): string {
  return `if grep -q ^held "${state}/status"; then rm -f "${state}/fenced"; : > "${state}/release"; echo released; else echo "not held"; fi`;
}

/** `understudy release`: lets a held former primary start writable, on the operator's word that its peer is down. */
export function releaseCommand(): Command {
  return new Command("release")
    .description("let a held former primary start writable; you vouch that its peer cannot write")
    .argument("<host>", "the held host")
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .option(WORDS, "you have made sure that the other host's stores are stopped and stay stopped", false)
    .addOption(outputOption())
    .addHelpText("before", `Example:\n  understudy release host-a ${WORDS}\n`)
    .action(async (name: string, { envConfig, thePeerCannotWrite, output }: ReleaseFlags) => {
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
      const stores = await releaseStores(self);
      if (output === "json") process.stdout.write(structured(output, { host: name, stores }));
    });
}

/** Asks both stores in turn; what a store did not say is never taken for either. */
async function releaseStores(
  host: ReturnType<typeof viewFrom>["self"],
): Promise<readonly { readonly store: string; readonly released: boolean }[]> {
  const engine = connectEngine(host);
  try {
    const stores = [];
    for (const [store, state] of HELD_STATE) {
      const said = await runInContainer(engine.docker, containerName(store), ["sh", "-c", releaseIfHeld(state)]);
      const words = ANSWERS[said.trim()];
      if (words === undefined) {
        throw new UserError(`${store} on ${host.name} did not say whether it was released`, "understudy status");
      }
      process.stderr.write(`${store} on ${host.name}: ${words}\n`);
      stores.push({ store, released: said.trim() === "released" });
    }
    return stores;
  } finally {
    engine.close();
  }
}

function findHost(envConfig: string, name: string): ReturnType<typeof viewFrom> {
  const environment = loadEnvironment(envConfig);
  try {
    return viewFrom(environment, name);
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error), "understudy status", 2);
  }
}
