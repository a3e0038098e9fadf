import { constants, setPriority } from "node:os";
import { LINGER_MS, serveCommands } from "../../hosts/command-process";
import { canaryCommandSchema, type CanaryCommand, type CanaryEvent } from "./protocol";
import { startSession, type CanarySession } from "./session";

// The stores come first, always: what this process costs them is what is left over.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

let session: CanarySession | undefined;

serveCommands<CanaryCommand, CanaryEvent>("canary", canaryCommandSchema, async (command, self) => {
  if (command.command === "start" && session === undefined) {
    session = startSession(command.options, self.report);
    setTimeout(() => self.quit(1), command.options.maxDurationMs + LINGER_MS).unref();
    const reason = await session.readiness;
    self.say(reason === undefined ? { event: "ready" } : { event: "not-ready", reason });
  } else if (command.command === "move" && session !== undefined) {
    await session.move(command.service, command.host);
    self.say({ event: "moved", service: command.service });
  } else if (command.command === "finish" && session !== undefined) {
    self.say({ event: "report", report: await session.finish(command.readFrom) }, () => self.quit(0));
  } else {
    self.outOfTurn(command.command);
  }
});
