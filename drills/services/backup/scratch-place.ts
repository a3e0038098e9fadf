import type Docker from "dockerode";
import { containerName, FILES_FOLDER, filesVolumeName, GUARD_FOLDER, volumeName } from "../../../settings/names";
import { SERVICE_NAMES, type ContainerName, type ServiceName } from "../../../settings/services";
import { bounded, pollUntil } from "../../hosts/bounded";
import { copyInto } from "../../hosts/copy-into";
import { HttpRefusal } from "../../hosts/http";
import { putNewFile } from "../../hosts/put-file";
import { readInContainer, runInContainer } from "../../hosts/run-in-container";
import { messageOf } from "../../../settings/user-error";
import { ADMIN, LOGIN_PATH, tellGrafana } from "../grafana/admin-password";
import type { Backup } from "./backups";
import type { Get } from "./content/content";
import { answerOf, loggedIn } from "./curl-in-hub";
import type { ScratchPlan } from "./scratch-plan";

const ENGINE_MS = 60_000;
const RESTORE_MS = 6 * 3_600_000;
const STOP_SECONDS = 60;
const FLUSHED_STOP_SECONDS = 1;
/** `$1`: what makes a service write everything out; `$2`: where it says that it has. */
const FLUSH = `curl -sS --max-time 30 -o /dev/null -X POST "$1" || exit 1
turns=100
until curl -s --max-time 5 "$2" | grep -q Terminated; do
  turns=$((turns - 1)); [ $turns -gt 0 ] || exit 1
  sleep 0.3
done`;
const READY_MS = 300_000;
/** The hub ends by itself after this long, in seconds: nothing of an interrupted restore keeps running for good. */
const LONGEST = 4 * 3600;
/** A place whose hub does not run is not abandoned before this: it may be being made. */
const ABANDONED_MS = 120_000;
/** On everything of a scratch place: its name. */
export const LABEL = "understudy.scratch";
/** On the hub of a place that an operator reads: it is taken away by him, or when its time is over. */
export const OPEN_LABEL = "understudy.scratch.open";

/** One service that runs on restored data, where nobody but its own container and the hub reaches it. */
export interface ScratchService {
  readonly service: ServiceName;
  readonly backup: Backup;
  /** What the backup holds; null when it does not say. */
  readonly bytes: number | null;
  /** From the first byte read to the first answer. */
  readonly seconds: number;
  /**
   * What a command prints in its container, such as `psql -h /tmp -U postgres` or `redis-cli`; images without shell have
   * none. It must print something, and may be run more than once.
   */
  readonly run: (command: readonly string[]) => Promise<string>;
  /** What it answers to a GET of `path`. @throws Error with the status when that is not 2xx */
  readonly http: Get;
  /** The same as Grafana's administrator, who has this password from then on, whatever the backup has. */
  readonly login: (password: string) => Promise<Get>;
  /** Ends it cleanly; its volume then has its data as the service itself begins from them. */
  readonly rest: () => Promise<void>;
  /** The same, and gives those data as a tar stream. */
  readonly finish: () => Promise<NodeJS.ReadableStream>;
}

/** What a piece of work gives, or undefined when it fails. */
async function quietly<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch(() => undefined);
}

/** Takes away what an interrupted restore left: places whose hub has ended, or was never started. */
async function removeAbandoned(docker: Docker): Promise<void> {
  const volumes = (await docker.listVolumes({ filters: { label: [LABEL] } })).Volumes;
  const names = new Set(volumes.map((one) => one.Labels[LABEL] ?? ""));
  if (names.size === 0) return;
  const now = Date.parse(((await docker.info()) as { SystemTime?: string }).SystemTime ?? "") || Date.now();
  for (const name of names) {
    const hub = await quietly(docker.getContainer(name).inspect());
    const network: { Created?: string } | undefined = hub
      ? undefined
      : await quietly(docker.getNetwork(name).inspect());
    const began = Date.parse(hub?.Created ?? network?.Created ?? "") || 0;
    // By the clock that dated it; what is from the future is of a clock that was wrong, and nobody's any more.
    const age = now - began;
    if (hub?.State.Running !== true && (age > ABANDONED_MS || age < 0)) await new ScratchPlace(docker, name).remove();
  }
}

/** An image's entrypoint or command; the engine says null where it has none. */
function wordsOf(words: string | readonly string[] | null | undefined): string[] {
  return typeof words === "string" ? [words] : [...(words ?? [])];
}

/** The containers, volumes and network of one scratch place. */
export class ScratchPlace {
  constructor(
    private readonly docker: Docker,
    /** Its hub's, its network's, and the beginning of every other name. */
    readonly name: string,
  ) {}

  /** The container of a service, and its volume. */
  nameOf(service: ServiceName): string {
    return `${this.name}-${service}`;
  }

  /** @param forReading a person will read it, see leave-open.ts */
  async open(forReading = false): Promise<void> {
    const { docker, name } = this;
    await removeAbandoned(docker);
    const { Image: image, Config: config } = await docker.getContainer(containerName("backup")).inspect();
    const files = await this.filesOf("backup");
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
      Labels: { ...labels, ...(forReading ? { [OPEN_LABEL]: "" } : {}) },
      HostConfig: {
        NetworkMode: name,
        Binds: [
          `${volumeName("backup")}:/backup:ro`,
          ...files,
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
    await copyInto(docker, containerName("backup"), name, GUARD_FOLDER, FILES_FOLDER);
    await bounded("start of the scratch hub", ENGINE_MS, hub.start());
  }

  /** The mount of a container's files, for reading; none where an earlier version made the container. */
  async filesOf(service: ContainerName): Promise<readonly string[]> {
    const { Mounts: mounts } = await this.docker.getContainer(containerName(service)).inspect();
    const volume = filesVolumeName(service);
    return mounts.some((one) => one.Name === volume) ? [`${volume}:${FILES_FOLDER}:ro`] : [];
  }

  private hub(command: readonly string[], timeoutMs = ENGINE_MS): Promise<string> {
    return runInContainer(this.docker, this.name, command, timeoutMs);
  }

  async restore(backup: Backup, words: readonly string[], plan: ScratchPlan): Promise<ScratchService> {
    const { service, id } = backup;
    const began = performance.now();
    const folder = `/scratch/${service}`;
    await this.hub(["sh", "/understudy/restore.sh", service, id, folder, `/like/${service}`, ...words], RESTORE_MS);
    // The folder that the service sees is the volume itself, owned as its own volume is.
    await this.hub([
      "sh",
      "-c",
      `cd ${folder} && find .understudy-restore -mindepth 1 -maxdepth 1 -exec mv -t . {} + && rmdir .understudy-restore && chown --reference=/like/${service} . && chmod --reference=/like/${service} .`,
    ]);
    await this.hub(["rm", "-rf", ...plan.forgotten.map((one) => `${folder}/${one}`), `${folder}/.nothing`]);
    await this.start(service, plan);
    const http: Get = async (path) => {
      if (plan.http === null) throw new Error(`${service} does not speak HTTP`);
      const url = `http://${this.nameOf(service)}:${plan.http.port}${path}`;
      const words = ["curl", "-sS", "--max-time", "30", "-w", "\n%{http_code}", url];
      return answerOf(await readInContainer(this.docker, this.name, words, ENGINE_MS));
    };
    const login = async (password: string): Promise<Get> => {
      if (plan.http === null) throw new Error(`${service} does not speak HTTP`);
      const base = `http://${this.nameOf(service)}:${plan.http.port}`;
      const get = await loggedIn(this.docker, this.name, base, { user: ADMIN, password });
      // Data from before an exchange of the password have the former one.
      await get(LOGIN_PATH).catch(async (error: unknown) => {
        if (!(error instanceof HttpRefusal) || error.status !== 401) throw error;
        await tellGrafana(this.docker, this.nameOf(service), password);
      });
      return get;
    };
    const run = (command: readonly string[]): Promise<string> =>
      readInContainer(this.docker, this.nameOf(service), command, ENGINE_MS);
    await this.ready(service, () =>
      plan.http ? http(plan.http.ready) : runInContainer(this.docker, this.nameOf(service), plan.ready ?? ["true"]),
    );
    return {
      service,
      backup,
      bytes: backup.bytes,
      seconds: Math.round(performance.now() - began) / 1000,
      run,
      http,
      login,
      rest: () => this.rest(service, plan),
      finish: () => this.finish(service, plan),
    };
  }

  private async rest(service: ServiceName, plan: ScratchPlan): Promise<void> {
    const { settle, leftOver } = plan;
    const name = this.nameOf(service);
    if (settle !== null) await runInContainer(this.docker, name, settle, RESTORE_MS);
    const container = this.docker.getContainer(name);
    const seconds = (await this.flushed(service, plan)) ? FLUSHED_STOP_SECONDS : STOP_SECONDS;
    await bounded(`stop of the restored ${service}`, (seconds + 10) * 1000, container.stop({ t: seconds }));
    const folder = `/scratch/${service}`;
    await this.hub(["rm", "-rf", ...leftOver.map((one) => `${folder}/${one}`), `${folder}/.nothing`]);
  }

  /** True when a service has said that everything it had is written: it would wait for nothing after that. */
  private async flushed(service: ServiceName, { flush, http }: ScratchPlan): Promise<boolean> {
    if (flush === null || http === null) return false;
    const base = `http://${this.nameOf(service)}:${http.port}`;
    const words = ["sh", "-c", FLUSH, "sh", `${base}${flush}`, `${base}/ready`];
    return (await quietly(this.hub(words))) !== undefined;
  }

  private async finish(service: ServiceName, plan: ScratchPlan): Promise<NodeJS.ReadableStream> {
    await this.rest(service, plan);
    const folder = `/scratch/${service}`;
    return bounded("restored data", ENGINE_MS, this.docker.getContainer(this.name).getArchive({ path: `${folder}/.` }));
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
        Binds: [`${name}:${folder}`, ...(plan.files ? await this.filesOf(service) : [])],
        Memory: limits.Memory ?? 0,
        MemorySwap: limits.Memory ?? 0,
        ShmSize: limits.ShmSize ?? 0,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges:true"],
      },
    });
    for (const file of plan.copied) await copyInto(docker, own, name, file);
    for (const [file, content] of Object.entries(plan.written)) await putNewFile(docker, name, file, content);
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
    const filters = { label: [`${LABEL}=${name}`] };
    const containers = await docker.listContainers({ all: true, filters }).catch(() => []);
    await Promise.all(containers.map((one) => quietly(docker.getContainer(one.Id).remove({ force: true, v: true }))));
    await Promise.all(SERVICE_NAMES.map((one) => quietly(docker.getVolume(this.nameOf(one)).remove())));
    await quietly(docker.getNetwork(name).remove());
  }
}
