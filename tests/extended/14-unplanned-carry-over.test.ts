import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { Backup } from "../../drills/services/backup/backups";
import { pollUntil } from "../../drills/hosts/bounded";
import { dashboards } from "../../drills/services/canary/dashboards";
import { logLines } from "../../drills/services/canary/log-lines";
import { send } from "../../drills/hosts/http";
import { canaryHost, type CanaryHost } from "../../drills/services/canary/options";
import { spans } from "../../drills/services/canary/spans";
import type { Check, EvidenceDocument } from "../../evidence/document";
import { labHeal } from "../../lab/faults/heal";
import { strikeFault } from "../../lab/faults/strike";
import { namedHosts } from "../../settings/pair";
import { CARRIED_SERVICES, SERVICE_NAMES, type CarriedService } from "../../settings/services";
import { labCredentials, labEnvironment, understudy } from "../support/lab-stacks";
import { backup, upWithBackups, upWithoutBackups, WITH_BACKUPS } from "../support/lab-with-backups";
import { drill, good, pairRoles, standingProbe, untilRoles, untilWhole, verdict } from "../support/lab-pair";
import { temporaryFolder } from "../support/temporary-folder";

const [IN_BACKUP, AFTER_BACKUP] = [[1, 2, 3], [4]];
const TIMEOUT_MS = 5000;
const ENV = ["--env-config", WITH_BACKUPS] as const;
/** Checks of backups that are about what is backed up, and not about the place where it lies. */
const OF_SERVICES = /backup age|last backup attempt|write-ahead log|archive behind/;
const quiet = (): void => undefined;

interface Outside {
  write(number: number, host: CanaryHost): Promise<void>;
  readBack(host: CanaryHost): Promise<number[]>;
}

async function newestOf(host: string): Promise<ReadonlyMap<string, string>> {
  const { stdout } = good(await backup("list", "--host", host, "--output", "json"));
  return new Map((JSON.parse(stdout) as Backup[]).map(({ service, at }) => [service, at]));
}

describe("an unplanned failover with backups", function () {
  this.timeout(600_000);
  this.slow(120_000);
  const folder = temporaryFolder();
  const file = (name: string): string => `${folder()}/${name}.env`;
  const id = `unplanned-carry-${Date.now()}`;
  let hosts: readonly [CanaryHost, CanaryHost];
  let outside: Readonly<Record<CarriedService, Outside>>;
  let socket: string;
  let backedUpAt: ReadonlyMap<string, string>;
  let afterBackup: number;
  let document: EvidenceDocument;

  async function written(numbers: readonly number[], host: CanaryHost): Promise<void> {
    for (const service of CARRIED_SERVICES) {
      for (const number of numbers) await outside[service].write(number, host);
    }
  }

  /** What of all that was written is found on a host, once `enough` of it is. */
  async function found(service: CarriedService, host: CanaryHost, enough: number): Promise<number[]> {
    const { reading } = await pollUntil(
      () => outside[service].readBack(host).catch(() => []),
      (numbers) => numbers.length >= enough,
      { deadlineMs: 30_000, pauseMs: 500 },
    );
    return [...reading].sort((left, right) => left - right);
  }

  before(async () => {
    await untilWhole("host-a");
    const { ports } = labEnvironment();
    const [first, second] = namedHosts(labEnvironment()).map((host) => canaryHost(host, ports));
    if (first === undefined || second === undefined) throw new Error("the lab has two hosts");
    hosts = [first, second];
    const subject = { drillId: id, timeoutMs: TIMEOUT_MS };
    const password = (await labCredentials()).grafana;
    outside = { loki: logLines(subject), tempo: spans(subject), grafana: dashboards({ ...subject, password }) };
    await upWithBackups();
    await written(IN_BACKUP, hosts[0]);
    for (const service of CARRIED_SERVICES) good(await backup("now", "--service", service));
    backedUpAt = await newestOf("host-a");
    afterBackup = Date.now();
    await written(AFTER_BACKUP, hosts[0]);
    // The real Tempo keeps a span in memory for some seconds: a power loss before that takes it.
    await send({ host: hosts[0], port: ports.tempo, path: "/flush", timeoutMs: 10_000 });
    socket = await standingProbe(`${folder()}/probe.sock`);
    await sleep(500);
    await strikeFault("power-loss", "host-a", quiet);
  });
  after(async () => {
    await labHeal(quiet);
    await upWithoutBackups();
  });

  it("promotes, and the verifier accepts the evidence", async () => {
    const words = ["--unplanned", "--standing-probe", socket, "--to", "host-b", ...ENV];
    const run = await drill(file("unplanned"), ...words);
    expect(run.code, run.stdout + run.stderr).to.equal(0);
    document = run.document();
    good(await verdict(file("unplanned"), { maxLost: 1000 }));
    expect((await pairRoles())[1]).to.equal("primary");
  });

  for (const service of CARRIED_SERVICES) {
    it(`${service} continues with what was in its newest backup, and the evidence does not claim what came later`, async () => {
      const kept = document.continuity?.services.find((one) => one.service === service);
      expect(kept?.backup?.takenAt).to.equal(backedUpAt.get(service));
      expect(kept?.restore?.outcome).to.equal("equal");
      expect(kept?.carried?.how).to.equal("newest-backup");
      expect(kept?.carried?.ageSeconds).to.be.greaterThan(0);
      expect(Date.parse(kept?.carried?.completeUntil ?? "")).to.be.lessThan(afterBackup);
      expect(kept?.counted.map(({ counts }) => counts.missing)).to.deep.equal([0]);
      expect(kept?.counted[0]?.counts.written).to.be.greaterThan(0);
      expect(await found(service, hosts[1], IN_BACKUP.length)).to.deep.equal(IN_BACKUP);
    });
  }

  it("stops none of them before the stores acknowledge events again", () => {
    const steps = document.steps;
    const recovered =
      (steps[0]?.startedAtMs ?? 0) + Math.max(...Object.values(document.unplanned?.recoveryMs ?? {}).map(Number));
    const stopped = document.continuity?.services.flatMap(({ carried }) => carried?.stoppedAtMs ?? []) ?? [];
    expect(stopped).to.have.length(CARRIED_SERVICES.length);
    expect(Math.min(...stopped)).to.be.greaterThan(recovered);
  });

  it("the lost host returns by `rejoin`, and both hosts are backed up again, its own backups as a standby included", async () => {
    await labHeal(quiet);
    const rejoined = Date.now();
    good(await understudy("rejoin", "host-a", "--execute", ...ENV));
    await untilRoles("standby", "primary");
    for (const host of ["host-a", "host-b"]) {
      const { reading } = await pollUntil(
        () => newestOf(host),
        (newest) => SERVICE_NAMES.every((service) => Date.parse(newest.get(service) ?? "") > rejoined),
        { deadlineMs: 240_000, pauseMs: 5000 },
      );
      const old = SERVICE_NAMES.filter((service) => !(Date.parse(reading.get(service) ?? "") > rejoined));
      expect(old, `${host}: not backed up since it returned`).to.deep.equal([]);
    }
    const { reading: wrong } = await pollUntil(
      async () => {
        const { stdout } = await backup("check", "--output", "json");
        return (JSON.parse(stdout) as Check[]).filter(({ ok, name }) => !ok && OF_SERVICES.test(name));
      },
      (checks) => checks.length === 0,
      { deadlineMs: 60_000, pauseMs: 2000 },
    );
    expect(wrong).to.deep.equal([]);
  });

  it("swaps back with backups, and what only the lost host had is there again where data are joined", async () => {
    await untilWhole("host-b");
    const run = await drill(file("back"), "--to", "host-a", ...ENV);
    expect(run.code, run.stdout + run.stderr).to.equal(0);
    good(await verdict(file("back")));
    const all = [...IN_BACKUP, ...AFTER_BACKUP];
    expect(await found("tempo", hosts[0], all.length)).to.deep.equal(all);
    // The real Loki's replay after a crash may leave out what came right after a flush, see docs/design/limits.md.
    const isReal = labEnvironment().services.loki.stand_in === undefined;
    const inLoki = await found("loki", hosts[0], isReal ? IN_BACKUP.length : all.length);
    expect(inLoki).to.include.members(isReal ? IN_BACKUP : all);
    expect(await found("grafana", hosts[0], IN_BACKUP.length)).to.deep.equal(IN_BACKUP);
    const password = (await labCredentials()).grafana;
    await dashboards({ drillId: id, password, timeoutMs: TIMEOUT_MS }).remove(all, hosts[0]);
  });
});
