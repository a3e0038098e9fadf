import path from "node:path";
import { askedDrillWords } from "../../operator/failover/execute-drill";
import { readPairStatus } from "../../operator/status/pair-status";
import { LAB_FILES } from "../host/layout";
import type { LabPair } from "../host/lab-pair";
import { CHECKOUT } from "../host/project";
import { attempt, LAB_PATH } from "../host/run";
import { labPulumiEnv } from "../host/stacks";
import { asRun } from "./advice";
import type { OperatorsDesk } from "./follow-advice";

const COMMAND_MS = 300_000;
const WHOLE_MS = 180_000;
const LOOK_MS = 1_000;

/**
 * The lab's own operator: a shell with the verbs and the servers' clients on its path, and the pair's passwords.
 * @param folder where evidence of advised commands goes
 * @param envConfig the environment file that the operator works with, when it is not the lab's
 */
export function operatorsDesk(pair: LabPair, folder: string, envConfig: string | undefined): OperatorsDesk {
  return {
    lookMs: LOOK_MS,
    wholeMs: WHOLE_MS,
    status: async () => {
      const { stacks } = await pair.stacks();
      const interrupted = await askedDrillWords(stacks);
      return readPairStatus(pair.environment, await pair.credentials(), pair.declared(), undefined, interrupted);
    },
    run: async (command) => {
      const { postgres, redis } = await pair.credentials();
      const { code, stdout, stderr } = await attempt("sh", ["-c", asRun(command) + evidenceWords(command, folder)], {
        timeoutMs: COMMAND_MS,
        cwd: command.startsWith("understudy ") ? CHECKOUT : LAB_FILES.project,
        env: {
          ...(command.startsWith("pulumi ") ? labPulumiEnv() : {}),
          PATH: `${path.join(CHECKOUT, "bin")}:${LAB_PATH}`,
          PGPASSWORD: postgres,
          REDISCLI_AUTH: redis,
          ...(envConfig === undefined ? {} : { UNDERSTUDY_ENV_CONFIG: envConfig }),
        },
      });
      return { code, output: `${stdout}\n${stderr}` };
    },
  };
}

/** Evidence of what was advised is a cell's own: nothing of it goes among the results. */
function evidenceWords(command: string, folder: string): string {
  if (!/^understudy (?:failover|switchover|rejoin) /.test(command)) return "";
  const ending = command.startsWith("understudy rejoin ") ? "json" : "env";
  return ` --output-file ${path.join(folder, `advised-${Date.now()}.${ending}`)}`;
}
