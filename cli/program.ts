import { Command } from "commander";
import { acceptCommand } from "./accept";
import { backupCommand } from "./backup";
import { doctorCommand } from "./doctor";
import { downCommand } from "./down";
import { failoverCommand } from "./failover";
import { healthCommand } from "./health";
import { historyCommand } from "./history";
import { labCommand } from "./lab";
import { labBenchCommand } from "./lab-bench";
import { labDrillCommand } from "./lab-drill";
import { labFaultCommands } from "./lab-fault";
import { labMatrixCommand } from "./lab-matrix";
import { probeCommand } from "./probe";
import { rejoinCommand } from "./rejoin";
import { releaseCommand } from "./release";
import { reportCommand } from "./report";
import { requirementsCommand } from "./requirements";
import { settleCommand } from "./settle";
import { statusCommand } from "./status";
import { upCommand } from "./up";
import { verifyCommand } from "./verify";

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 bad usage or nothing could be verified, 3 refused as unsafe.
`;

/** The `understudy` command with every verb, not yet run: the program, the tests and the documentation's checks share it. */
export function understudyProgram(): Command {
  const program = new Command("understudy").description("proves that the standby Docker host can take over");
  const lab = labCommand();
  for (const verb of [labDrillCommand(), labBenchCommand(), labMatrixCommand(), ...labFaultCommands()])
    lab.addCommand(verb);
  for (const verb of [
    upCommand(),
    downCommand(),
    failoverCommand(),
    verifyCommand(),
    reportCommand(),
    acceptCommand(),
    historyCommand(),
    statusCommand(),
    healthCommand(),
    doctorCommand(),
    releaseCommand(),
    settleCommand(),
    probeCommand(),
    rejoinCommand(),
    backupCommand(),
    requirementsCommand(),
    lab,
  ]) {
    program.addCommand(verb);
  }
  return program.addHelpText("afterAll", EXIT_CODES);
}
