import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { CARRIED_SERVICES } from "../../settings/services";
import { viewFrom, pairBackup } from "../../settings/pair";
import { backupChecks } from "../services/backup/check-backups";
import { readBackupState } from "../services/backup/read-backup-state";
import { bounded } from "../hosts/bounded";
import type { DrillClock } from "../hosts/clock";
import type { DrillFacts } from "../../evidence/drill-facts";
import { askedServices, type DrillRequest } from "../../evidence/drill-request";
import type { Check } from "../../evidence/document";
import { DEMOTION, PRECHECK, PROMOTION, SYNC_CHECK, VERIFICATION } from "../../settings/steps";
import type { Simulation } from "../engine/drill-kind";
import { readContainers } from "../hosts/containers";
import { drillsInJournal } from "../hosts/journal";
import { declaredHooks, hookAnnounced, hookChecks } from "../hosts/hooks";
import { connectEngine } from "../hosts/engine";
import { openSessions } from "../hosts/sessions";
import { observePair } from "../hosts/observe";
import { findingsChecks, findingsRefusal } from "../hosts/findings/refuse-findings";
import { noteReading } from "../hosts/reading-facts";
import { readStandby } from "./backup-sync-check";
import { noUnplannedFacts, readSignals, refusalOf, standbyChecks } from "./precheck";
import { readStandbyFindings } from "./read-findings";
import { promotionRefusal, readFollowing } from "./read-following";
import { messageOf } from "../../settings/user-error";
import { askFence } from "./fence-by-command";
import type { OpenEyes } from "./look";
import { judgeAbsence, serves } from "./signals";
import { openStandbyEyes } from "./standby-look";

/** Reads what the real drill would read, and whether each way to fence is there; changes nothing. */
export async function simulateUnplanned(
  request: DrillRequest,
  environment: Environment,
  credentials: Credentials,
  facts: DrillFacts,
  clock: DrillClock,
): Promise<Simulation> {
  const { self: host } = viewFrom(environment, request.fromHost);
  const to = await openSessions(viewFrom(environment, request.toHost).self, environment, credentials);
  const engine = connectEngine(host);
  const unplanned = (facts.unplanned = noUnplannedFacts());
  let eyes: OpenEyes | undefined;
  try {
    eyes = await openStandbyEyes(to);
    const goneAfterMs = environment.policy.primary_gone_after_seconds * 1000;
    const [signals, topology, containers, used, findings, answers, fence, ages] = await Promise.all([
      readSignals({ environment, eyes, old: { host }, credentials }, clock),
      observePair([host, to.host], environment, credentials, { [to.host.name]: "primary" }),
      readContainers(to, environment, askedServices(request)),
      drillsInJournal(to.agent),
      readStandbyFindings({ to, environment, request }),
      bounded("Docker engine", goneAfterMs, engine.docker.ping()).then(() => "answers", messageOf),
      askFence(host, "status").then((said) => `says ${said}`, messageOf),
      request.stores_only === true ? [] : backupAges(environment, host.name),
    ]);
    unplanned.signals.push(...signals);
    noteReading(facts, { topology, containers: { [to.host.name]: containers } }, environment);
    facts.findings = findings;
    unplanned.following = await readFollowing(to, { environment, request, clock, probe: undefined });
    const living = refusalOf(judgeAbsence(host.name, signals), request);
    const hooks = declaredHooks([host, to.host]);
    if (hooks !== undefined) facts.hooks = hooks;
    const standby = [...standbyChecks({ facts, to, request }, used), ...hookChecks([host, to.host])];
    const refusal =
      promotionRefusal(living, unplanned.following, request) ??
      (standby.every(({ ok }) => ok) ? findingsRefusal(findings, request.kind) : undefined);
    const ways = {
      "Docker engine": answers === "answers",
      "fence command": fence.startsWith("says "),
      "own port, through the standby": signals.some((one) => one.observer === "standby" && serves(one)),
    };
    const checks = {
      [PRECHECK]: [...standby, ...findingsChecks(findings, request.kind)],
      [SYNC_CHECK]: await readStandby({ facts, to }),
      [DEMOTION]: [
        waysCheck(host.name, ways, { answers, fence }, request),
        ...hookAnnounced(host, "demoted", "once the old primary is fenced, before anything is promoted"),
      ],
      [PROMOTION]: hookAnnounced(to.host, "promoted", "when both stores are promoted"),
      [VERIFICATION]: ages,
    };
    return {
      checks,
      stop:
        refusal === undefined ? undefined : { step: PRECHECK, failure: { host: host.name, undone: null, ...refusal } },
    };
  } finally {
    eyes?.close();
    to.close();
    engine.close();
  }
}

/** The ages of the backups that the services would continue with; nothing where nothing is backed up. */
async function backupAges(environment: Environment, host: string): Promise<Check[]> {
  if (pairBackup(environment) === undefined) return [];
  const names = CARRIED_SERVICES.map((service) => `${service} backup age, seconds`);
  const state = await readBackupState(environment, host, { checkMib: null });
  return backupChecks(state, environment, Date.now()).filter(({ name }) => names.includes(name));
}

function waysCheck(
  host: string,
  ways: Readonly<Record<string, boolean>>,
  said: { answers: string; fence: string },
  request: DrillRequest,
): Check {
  const there = Object.entries(ways).flatMap(([name, is]) => (is ? [name] : []));
  const ok = there.length > 0 || request.accept_unfenced !== undefined;
  return {
    name: "ways to fence",
    host,
    measured:
      there.length > 0 ? there.join(", ") : `none: Docker engine: ${said.answers}; fence command: ${said.fence}`,
    limit: "at least one, or --accept-unfenced",
    ok,
  };
}
