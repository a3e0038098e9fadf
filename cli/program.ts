import { createRequire } from "node:module";
import { Command } from "commander";

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 bad usage or nothing could be verified, 3 refused as unsafe.
`;

const load = createRequire(__filename);

/** Every verb, in the order of the help. Its file is loaded when it is asked for: all of them take a second. */
const VERBS: Readonly<Record<string, () => Command>> = {
  up: () => (load("./up") as typeof import("./up")).upCommand(),
  down: () => (load("./down") as typeof import("./down")).downCommand(),
  failover: () => (load("./failover") as typeof import("./failover")).failoverCommand(),
  verify: () => (load("./verify") as typeof import("./verify")).verifyCommand(),
  report: () => (load("./report") as typeof import("./report")).reportCommand(),
  accept: () => (load("./accept") as typeof import("./accept")).acceptCommand(),
  history: () => (load("./history") as typeof import("./history")).historyCommand(),
  status: () => (load("./status") as typeof import("./status")).statusCommand(),
  health: () => (load("./health") as typeof import("./health")).healthCommand(),
  doctor: () => (load("./doctor") as typeof import("./doctor")).doctorCommand(),
  release: () => (load("./release") as typeof import("./release")).releaseCommand(),
  settle: () => (load("./settle") as typeof import("./settle")).settleCommand(),
  probe: () => (load("./probe") as typeof import("./probe")).probeCommand(),
  rejoin: () => (load("./rejoin") as typeof import("./rejoin")).rejoinCommand(),
  salvage: () => (load("./salvage") as typeof import("./salvage")).salvageCommand(),
  backup: () => (load("./backup") as typeof import("./backup")).backupCommand(),
  requirements: () => (load("./requirements") as typeof import("./requirements")).requirementsCommand(),
  lab: () => (load("./lab/lab") as typeof import("./lab/lab")).labCommand(),
};

/**
 * The `understudy` command with every verb, not yet run: the program, the tests and the documentation's checks share it.
 * With the one verb alone where it is named and there is such a one.
 */
export function understudyProgram(verb?: string): Command {
  const program = new Command("understudy").description("proves that the standby Docker host can take over");
  const named = verb !== undefined && Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  for (const make of named === undefined ? Object.values(VERBS) : [named]) program.addCommand(make());
  return program.addHelpText("afterAll", EXIT_CODES);
}
