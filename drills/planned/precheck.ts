import { holdBackups, ifPossible } from "../services/backup/hold-backups";
import { askedServices } from "../../evidence/drill-request";
import type { Step } from "../engine/drill-run";
import { refuseFindings } from "../engine/refuse-findings";
import { declaredHooks, hookChecks } from "../hosts/hooks";
import { doorChecks, doorSessions } from "../hosts/door-sessions";
import { readPair } from "../hosts/pair-reading";
import { probeEndpoint } from "../probe/endpoints";
import { startLoads } from "../clients/loads";
import { startProbe } from "../probe/probe";
import { noteReading } from "../hosts/reading-facts";
import { precheckNext } from "../engine/step-recorder";
import { precheckChecks } from "../hosts/swap-checks";
import { readPairFindings } from "./read-findings";
import { prepareServiceData } from "./service-data";
import { probeCredentials } from "../../settings/own-roles";

/** Reads both hosts, refuses what must not begin, then starts the probe. Changes nothing on either host but the journal's rows. */
export const precheck: Step = async (run, recorder) => {
  const { request, environment, from, to, facts } = run;
  if (request.stores_only === true) {
    const held = await ifPossible(holdBackups(environment));
    recorder.mark(held ? "backups held, where there are any" : "backups not held: no answer", null);
  } else await holdBackups(environment);
  const [reading, findings] = await Promise.all([
    readPair(from, to, environment, { [request.toHost]: "primary" }, askedServices(request)),
    readPairFindings(run),
  ]);
  recorder.mark("both hosts read", null);
  noteReading(facts, reading, environment);
  facts.findings = findings;
  run.redisSyncsBefore = { full: reading.redisTo.fullSyncs, partial: reading.redisTo.partialSyncs };
  facts.redis.replicationId = reading.redisFrom.replicationId;
  const hooks = declaredHooks([from.host, to.host]);
  if (hooks !== undefined) facts.hooks = hooks;
  const checks = [
    ...precheckChecks(reading, { drillId: request.id, from: from.host, to: to.host }, environment),
    ...hookChecks([from.host, to.host]),
  ];
  recorder.require(checks, precheckNext(checks, request));
  if (run.doors !== undefined && environment.clients !== undefined) {
    const { clients } = environment;
    const [sessions, leads] = await Promise.all([doorSessions(from.sql, clients.bound_seconds), run.doors.leads()]);
    recorder.require(doorChecks(sessions, leads, from.host.name, clients), "understudy status");
  }
  refuseFindings(findings, request.kind, recorder);
  if (request.stores_only !== true) await prepareServiceData(run, recorder);
  const measured = {
    drillId: request.id,
    endpoints: [from, to].map(({ host, redis }) => probeEndpoint(host, environment, redis.tls)),
    credentials: probeCredentials(run.credentials, to.sql),
    originNs: run.clock.originNs,
  };
  const { with_clients: drivers } = request;
  if (drivers !== undefined) {
    run.clients = await startLoads({ ...measured, drivers });
    await run.clients.ready;
    recorder.mark("clients are under load", null);
  }
  run.probe = await startProbe(measured);
  await run.probe.ready;
  recorder.mark("probe writes", null);
};
