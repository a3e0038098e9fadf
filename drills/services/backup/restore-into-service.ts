import type Docker from "dockerode";
import type { Credentials } from "../../../settings/credentials";
import type { Environment } from "../../../settings/environment";
import { containerName, FILES_FOLDER, GUARD_FOLDER, volumeName } from "../../../settings/names";
import type { NamedHost } from "../../../settings/pair";
import { STORE_NAMES, type ServiceName } from "../../../settings/services";
import { bounded, pollUntil } from "../../hosts/bounded";
import { connectEngine, type HostEngine } from "../../hosts/engine";
import { copyInto } from "../../hosts/copy-into";
import { serviceProblem } from "../../hosts/readiness";
import { readInContainer, runInContainer } from "../../hosts/run-in-container";
import { observePair } from "../../hosts/observe";
import { messageOf, UserError } from "../../../settings/user-error";
import { backupHosts } from "./backup-container";
import type { Backup } from "./backups";
import type { RestorePlan } from "./plan-restore";
import { refuseIntoService } from "./refuse-into-service";
import { openScratch, planOf } from "./scratch";

/** What is brought back, and how far. */
export interface IntoService {
  readonly host: string;
  readonly service: ServiceName;
  /** As `--at` says it; undefined: as far as possible. */
  readonly at: string | undefined;
  /** The operator's words that a live service may be overwritten: `ENVIRONMENT/HOST/SERVICE`. */
  readonly overwrite: string | undefined;
}

/** A service that runs on restored data. */
export interface RestoredService {
  readonly host: string;
  readonly service: ServiceName;
  readonly backup: Backup;
  readonly seconds: number;
  /** Folder in the service's volume that has what was there before. */
  readonly keptIn: string;
}

const HELPER = "understudy-restore";
const TARGET = "/target";
const ENGINE_MS = 60_000;
const COPY_MS = 6 * 3_600_000;
const STOP_SECONDS = 60;
const READY_MS = 180_000;

/**
 * Restores one service of a host into a scratch network, sees it answer there, and then puts those data into the place of
 * the service's own. Until they are whole on its host the service is not touched; what it had is kept beside them.
 * @throws UserError (exit 3) when it would overwrite a live service without the words for it, or a store whose peer is primary
 */
export async function restoreIntoService(
  environment: Environment,
  credentials: Credentials,
  wish: IntoService,
  phase: (words: string) => void,
): Promise<RestoredService> {
  const { self, peer } = backupHosts(environment, wish.host);
  const [engine, peerEngine] = [connectEngine(self), connectEngine(peer)];
  const began = performance.now();
  const { service, host } = wish;
  const store = STORE_NAMES.find((one) => one === service);
  try {
    const { docker } = engine;
    const container = docker.getContainer(containerName(service));
    const running = await runs(engine, host, service);
    if (running === null) {
      throw new UserError(
        `${host} has no container of ${service}: there is nothing to bring the data back into`,
        `pulumi -s ${self.stack} refresh, then pulumi -s ${self.stack} up`,
      );
    }
    const peerRuns = store !== undefined && (await runs(peerEngine, peer.name, service)) === true;
    const topology = await observePair([self, peer], environment, credentials);
    const refusal = refuseIntoService({ ...wish, environment, running, peerRuns, topology });
    if (refusal !== undefined) throw refusal;
    const plan = await planOf(environment, host, service, wish.at);
    return await withHelper(docker, service, async (helper) => {
      await requireRoom(docker, plan, host);
      phase(`restoring ${service} of ${host} in a scratch network on ${peer.name}`);
      const scratch = await openScratch(environment, host);
      try {
        const { backup, finish, login } = await scratch.restore(service, wish.at);
        // An older backup has the password of then.
        if (service === "grafana") await login(credentials.grafana);
        phase(`copying it to ${host}`);
        const data = await finish();
        const incoming = `${TARGET}/.understudy-partial`;
        await runInContainer(docker, HELPER, ["sh", "-c", `rm -rf ${incoming}; mkdir ${incoming}`]);
        await bounded("copy of the restored data", COPY_MS, helper.putArchive(data, { path: incoming }));
        await runInContainer(docker, HELPER, [
          "sh",
          "-c",
          `rm -rf ${TARGET}/.understudy-restore; mv ${incoming} ${TARGET}/.understudy-restore`,
        ]);
        phase(`stopping ${service} on ${host}, and putting the data in place`);
        await bounded(`stop of ${service}`, (STOP_SECONDS + 10) * 1000, container.stop({ t: STOP_SECONDS })).catch(
          ignoreSame,
        );
        // What was seen of the peer lets this one start as primary without asking it.
        const words = store === undefined ? [] : ["paired", "release"];
        let keptIn = "";
        try {
          keptIn = await runInContainer(docker, HELPER, ["sh", "/understudy/place.sh", TARGET, ...words], COPY_MS);
        } finally {
          await bounded(`start of ${service}`, ENGINE_MS, container.start()).catch(ignoreSame);
        }
        phase(`waiting until ${service} answers`);
        await awaitReady(environment, credentials, self, service);
        return { host, service, backup, seconds: Math.round(performance.now() - began) / 1000, keptIn: keptIn.trim() };
      } finally {
        await scratch.close();
      }
    });
  } finally {
    engine.close();
    peerEngine.close();
  }
}

/** Whether a service's container runs; null when there is none. @throws Error when the engine does not answer */
async function runs({ docker }: HostEngine, host: string, service: ServiceName): Promise<boolean | null> {
  try {
    const inspected = docker.getContainer(containerName(service)).inspect();
    return (await bounded(`${host}: ${service}`, ENGINE_MS, inspected)).State.Running;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return null;
    throw error;
  }
}

/** The engine's 304: the container is in that state already. */
function ignoreSame(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== 304) throw error;
}

/** A container without network that sees the service's volume, for as long as `use` takes. */
async function withHelper<T>(
  docker: Docker,
  service: ServiceName,
  use: (helper: Docker.Container) => Promise<T>,
): Promise<T> {
  const remove = (): Promise<unknown> =>
    docker
      .getContainer(HELPER)
      .remove({ force: true, v: true })
      .catch(() => undefined);
  await remove();
  const { Image: image } = await docker.getContainer(containerName("backup")).inspect();
  const helper = await docker.createContainer({
    name: HELPER,
    Image: image,
    User: "root",
    Entrypoint: ["sleep", String(COPY_MS / 1000)],
    Cmd: [],
    HostConfig: {
      NetworkMode: "none",
      Binds: [`${volumeName(service)}:${TARGET}`],
      CapDrop: ["ALL"],
      CapAdd: ["CHOWN", "DAC_OVERRIDE", "FOWNER"],
      SecurityOpt: ["no-new-privileges:true"],
      Init: true,
    },
  });
  try {
    await copyInto(docker, containerName("backup"), HELPER, GUARD_FOLDER, FILES_FOLDER);
    await bounded("start of the restore's container", ENGINE_MS, helper.start());
    return await use(helper);
  } finally {
    await remove();
  }
}

/** @throws UserError when the volume has no room for the restored data beside what it holds; nothing was begun */
async function requireRoom(docker: Docker, { backup, bytes }: RestorePlan, host: string): Promise<void> {
  const said = await readInContainer(docker, HELPER, ["df", "--output=avail", "-B1", TARGET]);
  const refusal = refuseRoom(backup, bytes, Number(said.trim().split("\n").at(-1)), host);
  if (refusal !== undefined) throw refusal;
}

/** Why a restore must not begin for want of room; undefined when it may. Pure. @param bytes what it needs, null: unknown */
export function refuseRoom(
  { service, id, at }: Pick<Backup, "service" | "id" | "at">,
  bytes: number | null,
  freeBytes: number,
  host: string,
): UserError | undefined {
  if (bytes !== null && bytes < freeBytes) return undefined;
  const need = bytes === null ? "an unknown number of" : String(bytes);
  return new UserError(
    `${host} has no room for ${service}: its backup ${id.slice(0, 8)} of ${at} needs ${need} bytes beside what is there, and ${freeBytes} are free; nothing was begun`,
    `make room on ${host}, see understudy doctor; then the same command again`,
  );
}

async function awaitReady(
  environment: Environment,
  credentials: Credentials,
  host: NamedHost,
  service: ServiceName,
): Promise<void> {
  const store = STORE_NAMES.find((one) => one === service);
  const problem = async (): Promise<string | null> => {
    if (store === undefined) return serviceProblem(host, environment, service);
    const observed = (await observePair([host], environment, credentials)).hosts[0]?.[store];
    return observed?.state === "observed" ? null : (observed?.reason ?? "it was not read");
  };
  const { reading } = await pollUntil(
    () => problem().catch(messageOf),
    (words) => words === null,
    { deadlineMs: READY_MS, pauseMs: 500 },
  );
  if (reading === null) return;
  throw new UserError(
    `${service} of ${host.name} has the restored data and does not answer: ${reading}; what it had is in its volume, in the newest .understudy-before-TIME`,
    "understudy status",
  );
}
