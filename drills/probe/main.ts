import { LINGER_MS, serveCommands } from "../hosts/command-process";
import { probeCommandSchema, type ProbeCommand, type ProbeEvent } from "./protocol";
import { startSession, type ProbeSession } from "./session";

let session: ProbeSession | undefined;

serveCommands<ProbeCommand, ProbeEvent>("probe", probeCommandSchema, async (command, self) => {
  if (command.command === "start" && session === undefined) {
    session = startSession(command.options, self.report);
    setTimeout(() => self.quit(1), command.options.maxDurationMs + LINGER_MS).unref();
    const reason = await session.readiness;
    self.say(reason === undefined ? { event: "ready" } : { event: "not-ready", reason });
  } else if (command.command === "finish" && session !== undefined) {
    const evidence = session.finish(command.readFrom);
    await session.stopped;
    self.say({ event: "stopped" });
    self.say({ event: "evidence", evidence: await evidence }, () => self.quit(0));
  } else {
    self.outOfTurn(command.command);
  }
});
