import { cpSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { usageFault } from "../support/documentation/commands";
import { runProgram } from "../support/run-program";
import { temporaryFolder } from "../support/temporary-folder";

const UNITS = "configs/systemd";
const files = globSync(`${UNITS}/*`).map((file) => path.basename(file));
const services = files.filter((file) => file.endsWith(".service"));
const timers = files.filter((file) => file.endsWith(".timer"));
const FAILED = "understudy-failed@.service";
const read = (file: string): string => readFileSync(path.join(UNITS, file), "utf8");
const commands = (file: string): readonly string[] =>
  [...read(file).matchAll(/^ExecStart=(.*)$/gm)].map(([, command = ""]) => command);

describe("the systemd units", function () {
  this.timeout(60_000);
  this.slow(5000);
  const folder = temporaryFolder();

  /** A file system with the units as the runbook installs them, and the programs that they start. */
  function root(name: string, edit: (text: string) => string = (text) => text): string {
    const place = path.join(folder(), name);
    const installed = path.join(place, "etc/systemd/system");
    mkdirSync(installed, { recursive: true });
    for (const file of files) writeFileSync(path.join(installed, file), edit(read(file)));
    mkdirSync(path.join(place, "opt/understudy/bin"), { recursive: true });
    cpSync("bin/understudy", path.join(place, "opt/understudy/bin/understudy"));
    mkdirSync(path.join(place, "usr/lib"), { recursive: true });
    symlinkSync("/usr/lib/systemd", path.join(place, "usr/lib/systemd"));
    return place;
  }
  const verify = (place: string): ReturnType<typeof runProgram> =>
    runProgram("systemd-analyze", "verify", "--man=no", `--root=${place}`, ...files);

  it("are understood by systemd-analyze verify, with nothing to say about them", () => {
    const { code, said } = verify(root("good"));
    expect(code, said).to.equal(0);
    expect(said.split("\n").filter((line) => files.some((file) => line.includes(file)))).to.deep.equal([]);
  });

  it("are checked: a misspelt key, a program that is not there and a wrong time are found", () => {
    for (const [name, from, to, complaint] of [
      ["key", "TimeoutStartSec", "TimeoutStartSecs", "TimeoutStartSecs"],
      ["program", "bin/understudy ", "bin/understudied ", "understudied"],
      ["time", "OnCalendar=", "OnCalendar=noon-ish ", "noon-ish"],
    ] as const) {
      expect(verify(root(name, (text) => text.replaceAll(from, to))).said, name).to.include(complaint);
    }
  });

  it("have a timer for each service but the one that tells of a failure, and next times that systemd can tell", () => {
    expect(timers.map((file) => file.replace(".timer", ".service")).sort()).to.deep.equal(
      services.filter((file) => file !== FAILED).sort(),
    );
    for (const timer of timers) {
      const when = /^OnCalendar=(.*)$/m.exec(read(timer))?.[1] ?? "";
      const { code, said } = runProgram("systemd-analyze", "calendar", when);
      expect(code, said).to.equal(0);
      expect(said).to.include("Next elapse");
    }
  });

  for (const service of services) {
    it(`${service} starts verbs that are understood, flag by flag, in one program's name`, () => {
      expect(commands(service)).not.to.deep.equal([]);
      for (const command of commands(service)) {
        const [program, ...words] = command.split(" ");
        expect(program).to.equal("/opt/understudy/bin/understudy");
        expect(usageFault(words), command).to.equal(undefined);
      }
    });
  }

  it("are failed when a command fails: nothing hides an exit code", () => {
    for (const service of services) {
      expect(read(service), service).not.to.match(/^(ExecStart=[-:+!@]|SuccessExitStatus=|ExecStart=.*(;|\|))/m);
      expect(read(service), service).to.match(/^Type=oneshot$/m);
    }
  });

  it("take no backups: the hosts do that by themselves, and the check of both catches up after a night off", () => {
    expect(services.flatMap(commands).filter((command) => command.includes(" backup "))).to.deep.equal([
      "/opt/understudy/bin/understudy backup check",
    ]);
    expect(read("understudy-backup-check.timer")).to.match(/^Persistent=true$/m);
  });

  it("run no drill by a timer that catches up: a machine that was off at night swaps no roles at noon", () => {
    expect(read("understudy-drill.timer")).to.match(/^Persistent=false$/m);
  });

  it("run a drill as one verb, whose stop is told to the program alone, with time for the end of any drill", () => {
    for (const service of services.filter((file) => /drill/.test(file))) {
      expect(commands(service), service).to.have.length(1);
      expect(commands(service)[0]).to.match(/ drill --execute( --scheduled)?$/);
      expect(read(service))
        .to.match(/^KillMode=mixed$/m)
        .and.to.match(/^TimeoutStopSec=30min$/m);
    }
    expect(read("understudy-scheduled-drill.timer")).to.match(/^Persistent=false$/m);
  });

  it("tell of a failure by one unit, which tells of none of its own; health, every five minutes, has alerts for that", () => {
    const silent = services.filter((file) => !/^OnFailure=understudy-failed@%n\.service$/m.test(read(file)));
    expect(silent.sort()).to.deep.equal([FAILED, "understudy-health.service"]);
  });
});
