import { randomBytes } from "node:crypto";
import type Docker from "dockerode";
import type { Environment } from "../../settings/environment";
import { containerName, volumeName } from "../../settings/names";
import { SERVICE_NAMES, type ServiceName } from "../../settings/services";
import { bounded, pollUntil } from "../bounded";
import { copyInto } from "../hosts/copy-into";
import { putFile } from "../hosts/put-file";
import { runInContainer } from "../hosts/run-in-container";
import { messageOf } from "../user-error";
import { backupHosts, openBackupContainer } from "./backup-container";
import { parseBackups, type Backup } from "./backups";
import { planRestore } from "./plan-restore";
import { parseRecoveryTarget } from "./recovery-target";
import { scratchPlan, type ScratchPlan } from "./scratch-plan";

/** One service that runs on restored data, where nobody but its own container and the hub reaches it. */
export interface ScratchService {
  readonly service: ServiceName;
  readonly backup: Backup;
  readonly bytes: number;
  /** From the first byte read to the first answer. */
  readonly seconds: number;
  /** Runs a command in its container, such as `psql -h /tmp -U postgres` or `redis-cli`; images without shell have none. */
  run(command: readonly string[]): Promise<string>;
  /** What it answers to a GET of `path`. @throws Error with the status when that is not 2xx */
  http(path: string, curlWords?: readonly string[]): Promise<string>;
}

/** A network on the host that keeps the backups of `host`, with a hub container that reads them. */
export interface Scratch {
  /** Whose backups are restored. */
  readonly host: string;
  /** Where that is done. */
  readonly on: string;
  /** What there is to restore, read once. */
  readonly backups: readonly Backup[];
  /** Restores the newest backup of a service, or the newest not after `at`; several may be restored at a time. */
  restore(service: ServiceName, at?: string): Promise<ScratchService>;
  /** Removes containers, volumes and network; never throws. */
  close(): Promise<void>;
}

const ENGINE_MS = 60_000;
const RESTORE_MS = 6 * 3_600_000;
const READY_MS = 300_000;
/** The hub ends by itself after this long, in seconds: nothing of an interrupted restore keeps running for good. */
const LONGEST = 4 * 3600;
const LABEL = "understudy.scratch";

/** Opens the isolated place in which backups of `host` are restored; the services of neither host are touched. */
export async function openScratch(environment: Environment, host: string): Promise<Scratch> {
  const { peer } = backupHosts(environment, host);
  const container = openBackupContainer(environment, peer.name);
  const { docker } = container.engine;
  const place = new ScratchPlace(docker, `understudy-scratch-${randomBytes(4).toString("hex")}`);
  try {
    const backups = parseBackups(await container.ask(["list"]));
    const log = async (): Promise<string> => container.ask(["wal"]);
    await place.open();
    return {
      host,
      on: peer.name,
      backups,
      restore: async (service, at) => {
        const target = parseRecoveryTarget(at);
        const plan = planRestore(backups, service, target, service === "timescaledb" ? await log() : "");
        return place.restore(plan.backup, plan.words, scratchPlan(service, target));
      },
      close: async () => {
        await place.remove();
        container.close();
      },
    };
  } catch (error) {
    await place.remove();
    container.close();
    throw error;
  }
}

/** An image's entrypoint or command; the engine says null where it has none. */
function wordsOf(words: string | readonly string[] | null | undefined): string[] {
  return typeof words === "string" ? [words] : [...(words ?? [])];
}

class ScratchPlace {
  constructor(
    private readonly docker: Docker,
    private readonly name: string,
  ) {}

  private nameOf(service: ServiceName): string {
    return `${this.name}-${service}`;
  }

  async open(): Promise<void> {
    const { docker, name } = this;
    const { Image: image, Config: config } = await docker.getContainer(containerName("backup")).inspect();
    const labels = { [LABEL]: name };
    await bounded("scratch network", ENGINE_MS, docker.createNetwork({ Name: name, Internal: true, Labels: labels }));
    await Promise.all(
      SERVICE_NAMES.map((one) => docker.createVolume({ Name: this.nameOf(one), Labels: labels }).then(() => undefined)),
    );
    const hub = await docker.createContainer({
      name,
      Image: image,
      User: "root",
      Env: config.Env,
      Entrypoint: ["sleep", String(LONGEST)],
      Cmd: [],
      Labels: labels,
      HostConfig: {
        NetworkMode: name,
        Binds: [
          `${volumeName("backup")}:/backup:ro`,
          ...SERVICE_NAMES.flatMap((one) => [
            `${this.nameOf(one)}:/scratch/${one}`,
            `${volumeName(one)}:/like/${one}:ro`,
          ]),
        ],
        CapDrop: ["ALL"],
        CapAdd: ["CHOWN", "DAC_OVERRIDE", "FOWNER"],
        SecurityOpt: ["no-new-privileges:true"],
        Init: true,
      },
    });
    await copyInto(docker, containerName("backup"), name, "/understudy");
    await bounded("start of the scratch hub", ENGINE_MS, hub.start());
  }

  private hub(command: readonly string[], timeoutMs = ENGINE_MS): Promise<string> {
    return runInContainer(this.docker, this.name, command, timeoutMs);
  }

  async restore(backup: Backup, words: readonly string[], plan: ScratchPlan): Promise<ScratchService> {
    const { service, id } = backup;
    const began = performance.now();
    const folder = `/scratch/${service}`;
    const said = await this.hub(
      ["sh", "/understudy/restore.sh", "theirs", service, id, folder, `/like/${service}`, ...words],
      RESTORE_MS,
    );
    // The folder that the service sees is the volume itself, owned as its own volume is.
    await this.hub([
      "sh",
      "-c",
      `cd ${folder} && find .understudy-restore -mindepth 1 -maxdepth 1 -exec mv -t . {} + && rmdir .understudy-restore && chown --reference=/like/${service} . && chmod --reference=/like/${service} .`,
    ]);
    await this.start(service, plan);
    const http = async (path: string, curlWords: readonly string[] = []): Promise<string> => {
      if (plan.http === null) throw new Error(`${service} does not speak HTTP`);
      const url = `http://${this.nameOf(service)}:${plan.http.port}${path}`;
      return this.hub(["curl", "-fsS", "--max-time", "30", ...curlWords, url]);
    };
    const run = (command: readonly string[]): Promise<string> =>
      runInContainer(this.docker, this.nameOf(service), command);
    await this.ready(service, () => (plan.http ? http(plan.http.ready) : run(plan.ready ?? ["true"])));
    const bytes = Number(/bytes=(\d+)/.exec(said)?.[1] ?? Number.NaN);
    return { service, backup, bytes, seconds: Math.round(performance.now() - began) / 1000, run, http };
  }

  private async start(service: ServiceName, plan: ScratchPlan): Promise<void> {
    const { docker } = this;
    const own = containerName(service);
    const {
      Image: image,
      Config: config,
      HostConfig: limits,
      Mounts: mounts,
    } = await docker.getContainer(own).inspect();
    const folder = mounts.find((one) => one.Name === volumeName(service))?.Destination;
    if (folder === undefined) throw new Error(`${own} does not use the volume ${volumeName(service)}`);
    const name = this.nameOf(service);
    const container = await docker.createContainer({
      name,
      Image: image,
      User: config.User,
      Env: config.Env,
      Entrypoint: wordsOf(plan.entrypoint ?? config.Entrypoint),
      Cmd: wordsOf(plan.command ?? config.Cmd),
      Healthcheck: { Test: ["NONE"] },
      Labels: { [LABEL]: this.name },
      HostConfig: {
        NetworkMode: this.name,
        Binds: [`${name}:${folder}`],
        Memory: limits.Memory ?? 0,
        MemorySwap: limits.Memory ?? 0,
        ShmSize: limits.ShmSize ?? 0,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges:true"],
      },
    });
    for (const file of plan.copied) await copyInto(docker, own, name, file);
    for (const [file, content] of Object.entries(plan.written)) await putFile(docker, name, file, content);
    await bounded(`start of the restored ${service}`, ENGINE_MS, container.start());
  }

  /** Waits for the first answer; a container that ends before it says why in its log. */
  private async ready(service: ServiceName, ask: () => Promise<unknown>): Promise<void> {
    const container = this.docker.getContainer(this.nameOf(service));
    let why = "";
    let ended = false;
    const { reading } = await pollUntil(
      async () => {
        ended = !(await container.inspect()).State.Running;
        return ask().then(
          () => true,
          (error: unknown) => {
            why = messageOf(error);
            return false;
          },
        );
      },
      (answered) => answered || ended,
      { deadlineMs: READY_MS, pauseMs: 100 },
    );
    if (reading) return;
    const words = (ended as boolean) ? "it ended" : why;
    const log = (await container.logs({ stdout: true, stderr: true, tail: 5 }))
      .toString("utf8")
      .replaceAll(/[^\x20-\x7e\n]/g, "");
    throw new Error(`the restored ${service} does not answer: ${words}: ${messageOf(log)}`);
  }

  async remove(): Promise<void> {
    const { docker, name } = this;
    const quiet = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);
    const filters = { label: [`${LABEL}=${name}`] };
    const containers = await docker.listContainers({ all: true, filters }).catch(() => []);
    await Promise.all(containers.map((one) => quiet(docker.getContainer(one.Id).remove({ force: true, v: true }))));
    await Promise.all(SERVICE_NAMES.map((one) => quiet(docker.getVolume(this.nameOf(one)).remove())));
    await quiet(docker.getNetwork(name).remove());
  }
}
