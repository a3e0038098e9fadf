import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { DATABASE, DOOR_ROLE, GUARD_FOLDER, REPLICATION_USER, slotName } from "../settings/names";
import type { OwnRole } from "../settings/own-roles";
import { guardUpload, includingFile, renderConfigFile, secretFile, settingFile } from "./config-files";
import { passwordFiles, roleFile } from "./password-files";
import { guardVariables } from "./redis";
import { encryptionFiles, POSTGRES_SHOWS } from "../settings/certificates/container-files";
import type { StackCertificates } from "../settings/certificates/stored";
import type { Credentials } from "../settings/credentials";
import { withHbaLines } from "../settings/hba-lines";
import { encryptionOf } from "../settings/encryption";
import { postgresSettingsText, SETTINGS_FILE } from "../settings/server/layers";
import type { ServiceArgs } from "./service-args";
import { SERVICES } from "../settings/services";
import { declareService, endpoint, publishedPorts } from "./service-container";

/** What the PostgreSQL container of one host is made from. */
export interface TimescaledbArgs extends ServiceArgs {
  /** Of the superuser `postgres`, of the role that the standby streams with, and what our roles' own are derived from. */
  readonly credentials: pulumi.Input<Pick<Credentials, "postgres" | "replication" | "roles" | "before">>;
  /** Undefined where the stack has none. */
  readonly certificates?: StackCertificates | undefined;
}

/** The role with which this host asks the other one. */
const GUARD_ROLE: OwnRole = "understudy_guard";

const DATA_FOLDER = "/var/lib/postgresql/data";

/** A slot never keeps less than this for an absent standby, in MiB. */
const LEAST_SLOT_KEEP_MIB = 4096;

/** The scripts of the boot guard, under the names they call each other by; `configs/guard/` has each as `postgres-…`. */
const GUARD_FILES = [
  ...["guard.sh", "common.sh", "encryption.sh", "rejoin.sh", "salvage.sh", "diverged.sh"],
  ...["agent.sh", "rejoin-agent.sh", "health.sh", "own-roles.sh", "reload.sh"],
];

function config({ environment }: TimescaledbArgs): string {
  const kept = environment.replication.wal_keep_mib;
  return renderConfigFile("timescaledb/postgresql.conf", {
    wal_keep_mib: kept,
    slot_keep_mib: Math.max(4 * kept, LEAST_SLOT_KEEP_MIB),
  });
}

/** Who may connect; with doors, the door's role too, by its certificate alone and before everybody's rule. */
function hbaFile(file: string, { environment }: TimescaledbArgs): string {
  const text = renderConfigFile(file, { replication_user: REPLICATION_USER });
  if (environment.clients === undefined) return text;
  const door = `# A door asks for its clients' secrets with its certificate, and has no password.\nhostssl ${DATABASE} ${DOOR_ROLE} all cert\nhost all ${DOOR_ROLE} all reject\n\n`;
  const at = text.indexOf("# Our own roles have no business");
  if (at < 0) throw new Error(`configs/${file} has no place for the role of a door`);
  return text.slice(0, at) + door + text.slice(at);
}

/** PostgreSQL, with TimescaleDB where the image has it, behind the boot guard. Its role is in its data folder, not here. */
export class Timescaledb extends pulumi.ComponentResource {
  public readonly image: docker.RemoteImage;
  public readonly volume: docker.Volume;
  public readonly container: docker.Container;
  /** Where clients reach it, `address:port`. */
  public readonly endpoint: string;

  constructor(name: string, args: TimescaledbArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:Timescaledb", name, {}, opts);
    const { environment, certificates } = args;
    const mode = encryptionOf(environment, certificates !== undefined);
    const theirs = args.overlays?.hba ?? [];
    const encrypting = encryptionFiles(mode, certificates, POSTGRES_SHOWS);
    const { image, volume, container } = declareService(this, name, args, {
      service: "timescaledb",
      user: "postgres",
      entrypoint: ["/bin/sh", `${GUARD_FOLDER}/guard.sh`],
      variables: {
        PGDATA: `${DATA_FOLDER}/pgdata`,
        NO_TS_TUNE: "true",
        ...guardVariables(args, args.environment.ports.postgres),
        UNDERSTUDY_SLOT: slotName(args.view.self.name),
        UNDERSTUDY_REPLICATION_USER: REPLICATION_USER,
        UNDERSTUDY_GUARD_USER: GUARD_ROLE,
        UNDERSTUDY_SUPERUSER_OVER_NETWORK: args.environment.access.superuser_over_network ? "yes" : "no",
      },
      uploads: [
        ...GUARD_FILES.map((name) => guardUpload(name, `postgres-${name}`)),
        ...["follow-record.sh", "follow-postgres.sh", "prune-journal.sh"].map((name) => guardUpload(name, name)),
      ],
      files: [
        includingFile("postgresql.conf", config(args), `include_if_exists '${SETTINGS_FILE}'`),
        settingFile(SETTINGS_FILE, postgresSettingsText(environment), "reload"),
        settingFile("pg_hba.conf", withHbaLines(hbaFile("timescaledb/pg_hba.conf", args), theirs), "reload"),
        ...(mode === "required" && certificates !== undefined
          ? [
              settingFile(
                "pg_hba.required.conf",
                withHbaLines(hbaFile("timescaledb/pg_hba.required.conf", args), theirs, true),
                "reload",
              ),
            ]
          : []),
        ...passwordFiles(args.credentials, args.exchanging, {
          postgres: { of: "postgres", take: ({ postgres }) => postgres },
          replication: { of: "replication", take: ({ replication }) => replication },
          guard: roleFile(GUARD_ROLE),
        }),
        ...encrypting.map(([name, content]) => secretFile(name, content)),
      ],
      reload: { command: ["sh", `${GUARD_FOLDER}/reload.sh`] },
      dataFolder: DATA_FOLDER,
      ports: publishedPorts("timescaledb", args.environment.ports),
      healthCheck: { command: ["sh", `${GUARD_FOLDER}/health.sh`], intervalSeconds: 10, awaited: false },
      stopSignal: "SIGINT",
      stopGraceSeconds: SERVICES.timescaledb.stop.seconds,
      sharedMemoryMib: 256,
    });
    this.image = image;
    this.volume = volume;
    this.container = container;
    this.endpoint = endpoint(args, args.environment.ports.postgres);
    this.registerOutputs({ endpoint: this.endpoint, container: container.name });
  }
}
