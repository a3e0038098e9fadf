import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { DEMOTION, PRECHECK, PROMOTION, SYNC_CHECK, VERIFICATION } from "../../settings/steps";
import type { DrillFacts } from "../../evidence/drill-facts";
import { askedServices, type DrillRequest } from "../../evidence/drill-request";
import type { Simulation } from "../engine/drill-kind";
import { doorChecks, doorSessions } from "../hosts/door-sessions";
import { declaredHooks, hookAnnounced, hookChecks } from "../hosts/hooks";
import { readPair } from "../hosts/pair-reading";
import { findingsChecks, findingsRefusal } from "../hosts/findings/refuse-findings";
import { readLeads, unknownLeads } from "../hosts/read-leads";
import { noteReading } from "../hosts/reading-facts";
import { openPair } from "../hosts/sessions";
import { precheckChecks, syncChecks } from "../hosts/swap-checks";
import { backupChecks } from "../services/backup/check-backups";
import { readPairFindings } from "./read-findings";
import { readBackupStates } from "../services/backup/read-backup-state";

/**
 * The dry run of a planned drill: reads both hosts with the checks of the real one, and notes what it found in `facts`.
 * @throws Error when a host or a store cannot be read
 */
export async function simulatePlanned(
  request: DrillRequest,
  environment: Environment,
  credentials: Credentials,
  facts: DrillFacts,
): Promise<Simulation> {
  const { from, to, close } = await openPair(request, environment, credentials);
  const sessions = { [from.host.name]: from.sql, [to.host.name]: to.sql };
  const { clients } = environment;
  const [reading, findings, states, held, doors] = await Promise.all([
    readPair(from, to, environment, { [request.toHost]: "primary" }, askedServices(request)),
    readPairFindings({ from, to, environment, request }),
    request.stores_only === true ? [] : readBackupStates(environment, sessions, environment.backup?.check_mib ?? null),
    clients && doorSessions(from.sql, clients.bound_seconds),
    clients && readLeads([from, to]),
  ]).finally(close);
  noteReading(facts, reading, environment);
  facts.findings = findings;
  facts.lagBefore = reading.lag;
  facts.redis.replicationId = reading.redisFrom.replicationId;
  const hooks = declaredHooks([from.host, to.host]);
  if (hooks !== undefined) facts.hooks = hooks;
  const before = [
    ...precheckChecks(reading, { drillId: request.id, from: from.host, to: to.host }, environment),
    ...hookChecks([from.host, to.host]),
  ];
  const refusal = before.every(({ ok }) => ok) ? findingsRefusal(findings, request.kind) : undefined;
  return {
    stop: refusal && { step: PRECHECK, failure: refusal },
    checks: {
      [PRECHECK]: [
        ...before,
        ...findingsChecks(findings, request.kind),
        ...unknownLeads(doors),
        ...(clients && held
          ? doorChecks(held, doors && "leads" in doors ? doors.leads : {}, from.host.name, clients)
          : []),
      ],
      [SYNC_CHECK]: [
        ...syncChecks(reading, to.host.name, environment),
        ...states.flatMap((one) => backupChecks(one, environment, Date.now())),
      ],
      [DEMOTION]: hookAnnounced(from.host, "demoted", "while PostgreSQL is stopped, before anything is promoted"),
      [PROMOTION]: hookAnnounced(to.host, "promoted", "when both stores are promoted"),
      [VERIFICATION]: [],
    },
  };
}
