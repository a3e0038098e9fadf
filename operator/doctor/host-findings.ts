import type { NamedHost } from "../../settings/pair";
import { sshArguments } from "../../drills/hosts/engine";
import { runOnHost } from "../../drills/hosts/run-on-host";
import { messageOf } from "../../settings/user-error";
import { good, problem, unknown, type Finding } from "./finding";
import { engineFacts, freeSpace, readClock, type ClockReading } from "./host-facts";
import { isAtLeast } from "./operator-findings";

/** A clock further off than this is a problem: ages of evidence and of backups are compared across hosts. */
const MOST_OFFSET_MS = 1000;
const LEAST_FREE_MIB = 2048;
const MOST_USED_PERCENT = 90;
/** Docker 20.10: what the lab runs on, and the oldest that was tried. */
const LEAST_API = "1.41";

/** How a host is reached, its engine, its disk and its clock. */
export async function hostFindings(host: NamedHost): Promise<readonly Finding[]> {
  const [ssh, engine] = await Promise.all([clockFindings(host), readEngine(host)]);
  return [...ssh, ...engine];
}

async function clockFindings(host: NamedHost): Promise<readonly Finding[]> {
  const fix = `ssh ${sshArguments(host).join(" ")} true`;
  try {
    const reading = await readClock(host);
    return [good("ssh", host.name, `answers in ${2 * reading.errorMs} ms`), clockFinding(host.name, reading)];
  } catch (error) {
    return [
      problem("ssh", host.name, messageOf(error), fix),
      unknown("clock", host.name, "not read: ssh does not answer", fix),
    ];
  }
}

/** Whether a clock is near enough; what lies within the error of the measurement is no problem. */
export function clockFinding(host: string, { offsetMs, errorMs }: ClockReading): Finding {
  const words = `${offsetMs} ms against this machine, give or take ${errorMs} ms`;
  if (Math.abs(offsetMs) - errorMs <= MOST_OFFSET_MS) return good("clock", host, words);
  return problem(
    "clock",
    host,
    words,
    "synchronise the clocks of this machine and of the host: timedatectl set-ntp true",
  );
}

async function readEngine(host: NamedHost): Promise<readonly Finding[]> {
  const fix = `ssh ${sshArguments(host).join(" ")} docker version`;
  try {
    const { version, apiVersion, dataRoot } = await engineFacts(host);
    const engine = isAtLeast(apiVersion, LEAST_API)
      ? good("engine", host.name, `Docker ${version}`)
      : problem("engine", host.name, `Docker ${version}, 20.10 or newer is needed`, "upgrade Docker on the host");
    return [engine, await diskFinding(host, dataRoot)];
  } catch (error) {
    return [
      problem("engine", host.name, messageOf(error), fix),
      unknown("disk", host.name, "not read: the engine does not answer", fix),
    ];
  }
}

async function diskFinding(host: NamedHost, dataRoot: string): Promise<Finding> {
  try {
    const { freeMib, usedPercent } = freeSpace(await runOnHost(host, `df -Pk '${dataRoot.replaceAll("'", "")}'`));
    const words = `${freeMib} MiB free of ${dataRoot}, ${usedPercent} % used`;
    return freeMib >= LEAST_FREE_MIB && usedPercent <= MOST_USED_PERCENT
      ? good("disk", host.name, words)
      : problem("disk", host.name, words, `free some, or move Docker's data root; at least ${LEAST_FREE_MIB} MiB`);
  } catch (error) {
    return unknown("disk", host.name, messageOf(error), `ssh ${sshArguments(host).join(" ")} df -h`);
  }
}
