import type { ServiceContinuity, ServiceCount } from "../../evidence/continuity";
import type { EvidenceDocument } from "../../evidence/document";
import { countsOf } from "../../evidence/service-counts";
import { broken, type NegativeCase } from "./negative-case";

function kept(document: EvidenceDocument, service: ServiceContinuity["service"]): ServiceContinuity {
  const found = document.continuity?.services.find((one) => one.service === service);
  if (found === undefined) throw new Error(`nothing of ${service}`);
  return found;
}

function carried(document: EvidenceDocument): NonNullable<ServiceContinuity["carried"]> {
  const { carried: one } = kept(document, "loki");
  if (one === null) throw new Error("not carried");
  return one;
}

function restored(document: EvidenceDocument) {
  const { backup, restore } = kept(document, "loki");
  if (backup === null || restore === null) throw new Error("not restored");
  return { backup, restore };
}

/** Changes the numbers behind a service's first count, and counts again. */
function recounted(
  document: EvidenceDocument,
  service: ServiceContinuity["service"],
  change: (numbers: NonNullable<ServiceCount["numbers"]>) => void,
): void {
  const count = kept(document, service).counted[0];
  if (!count?.numbers) throw new Error("no numbers");
  change(count.numbers);
  count.counts = countsOf(count.numbers);
}

/** Evidence in which a service lost something, or says of itself what it does not have. */
export const CONTINUITY_CASES: readonly NegativeCase[] = [
  broken("services-complete", "a service is left out", (d) => void d.continuity?.services.pop()),
  broken("services-complete", "a service is there twice", (d) => void d.continuity?.services.push(kept(d, "loki"))),
  broken("services-complete", "another promise", (d) => (kept(d, "loki").promise = "backup")),
  broken("services-complete", "a unit is left out", (d) => void kept(d, "alertmanager").counted.pop()),
  broken("service-counts-add-up", "a count is not the numbers'", (d) => {
    const count = kept(d, "tempo").counted[0];
    if (count) count.counts.written += 1;
  }),
  broken("service-counts-add-up", "a store's count is not the probe's", (d) => {
    const count = kept(d, "redis").counted[0];
    if (count) count.counts.found = (count.counts.found ?? 0) - 1;
  }),
  broken("service-counts-add-up", "a number was found that nobody wrote", (d) =>
    recounted(d, "loki", ({ found }) => void found?.push([90, 90])),
  ),
  broken("services-kept-data", "a log line is missing", (d) =>
    recounted(d, "loki", (numbers) => (numbers.found = [[1, 11]])),
  ),
  broken("services-kept-data", "a span could not be looked for", (d) =>
    recounted(d, "tempo", (numbers) => Object.assign(numbers, { found: null, duplicated: null })),
  ),
  broken("services-kept-data", "two scrapes of a target are missing", (d) =>
    recounted(d, "prometheus", (numbers) => (numbers.found = [[1, 2]])),
  ),
  broken("services-kept-data", "a dashboard is there twice", (d) =>
    recounted(d, "grafana", (numbers) => (numbers.duplicated = [2])),
  ),
  broken("services-kept-data", "nothing was counted", (d) => (kept(d, "grafana").counted = [])),
  broken("data-carried", "the digests differ", (d) => (carried(d).digestAfter = "0".repeat(64))),
  broken("data-carried", "nothing was carried", (d) => (kept(d, "grafana").carried = null)),
  broken("data-carried", "a service was carried that replicates", (d) => (kept(d, "redis").carried = carried(d))),
  broken("data-carried", "from a backup, though the old primary answered", (d) => (carried(d).how = "newest-backup")),
  broken("data-carried", "after a final sync, and yet old", (d) => (carried(d).ageSeconds = 60)),
  broken("data-carried", "before promotion", (d) => (carried(d).stoppedAtMs = 1500)),
  broken("data-carried", "after the drill", (d) => (carried(d).answeredAtMs = 9000)),
  broken("data-carried", "more was copied than there is", (d) => (carried(d).copiedFiles = 99)),
  broken("way-of-data-told", "through the command, and no reason", (d) => {
    carried(d).route = { way: "through-the-command", why: null };
  }),
  broken("way-of-data-told", "from host to host, and a reason", (d) => {
    carried(d).route = { way: "host-to-host", why: "the line is broken" };
  }),
  broken("way-of-data-told", "from the host itself, though the old primary answered", (d) => {
    carried(d).route = { way: "on-the-host", why: null };
  }),
  broken("backups-fresh", "a backup is too old", (d) => (restored(d).backup.maxAgeSeconds = 60)),
  broken("backups-fresh", "its age is not that of its time", (d) => (restored(d).backup.ageSeconds = 30)),
  broken("restores-equal", "what was restored differs", (d) => {
    Object.assign(restored(d).restore, { outcome: "differs", reason: "log lines: 11, recorded 12" });
  }),
  broken("restores-equal", "it is called equal and is not", (d) => {
    restored(d).restore.compared.push({ what: "streams", recorded: 2, restored: 1 });
  }),
  broken("restores-equal", "nothing was compared", (d) => (restored(d).restore.compared = [])),
  broken("restores-equal", "what was restored is not there", (d) => (kept(d, "loki").backup = null)),
  broken("restores-complete", "one service has no backup", (d) => {
    Object.assign(kept(d, "redis"), { backup: null, restore: null });
  }),
  broken("restores-complete", "one backup was not restored", (d) => (kept(d, "grafana").restore = null)),
  broken("canary-covers-change", "no canary wrote", (d) => {
    if (d.continuity) d.continuity.canary = null;
  }),
  broken("canary-covers-change", "it began after the cut", (d) => {
    if (d.continuity?.canary) d.continuity.canary.startedAtMs = 1700;
  }),
  broken("canary-covers-change", "it ended before the services had moved", (d) => {
    if (d.continuity?.canary) d.continuity.canary.finishedAtMs = 3000;
  }),
  broken("canary-covers-change", "pages were not watched", (d) => {
    if (d.continuity?.canary) d.continuity.canary.pagesWatchedMs = 0;
  }),
];
