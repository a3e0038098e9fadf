import { z } from "zod";
import { agentSchema } from "./agent-section";
import { applicationsSchema } from "./applications";
import { backupSchema } from "./backup-section";
import { clientsSchema } from "./clients-section";
import { ENCRYPTION_MODES } from "./encryption";
import { exportersSchema } from "./exporters-section";
import { logsSchema } from "./logs-section";
import { frontSchema } from "./front-section";
import { overlaysSchema } from "./overlay-section";
import { hooksSchema } from "./hooks-section";
import { hostPreparationSchema } from "./host-preparation";
import { drillsSchema } from "./drills-section";
import { notifySchema } from "./notify-section";
import { portsSchema } from "./ports-section";
import { addressSchema, listenSchema, replicationAddressSchema } from "./listen";
import { redisSchema, timescaledbSchema } from "./server/section";
import { serviceSections } from "./server/service-settings";
import { SERVICE_NAMES, type ServiceName } from "./services";

/** What a signing key is for: `lab` marks evidence of a rehearsal on one machine, so that nobody takes it for the real pair's. */
export const KEY_PURPOSES = ["production", "lab"] as const;

/** What a signing key is for. */
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** Host names become part of container names and of replication slots: lower case letters, digits, hyphens. */
const NAME = /^[a-z][a-z0-9-]{0,30}$/;
const hostName = z.string().regex(NAME, "lower-case letters, digits and hyphens, at most 31");

const seconds = z.number().positive();

/** An image reference; `name@sha256:…` is what production pins. */
const imageReference = z.string().min(1);

const memory = z.number().int().min(32).describe("memory limit of the container, in MiB");

const service = z.strictObject({
  image: imageReference.describe("image reference, pinned by digest where the registry allows it"),
  memory_mib: memory,
  stand_in: z.string().optional().describe("what this image stands in for, when it is not the real product"),
});

const host = z.strictObject({
  stack: z.enum(["primary", "standby"]).describe("the Pulumi stack that declares this host"),
  docker: z
    .string()
    .regex(/^ssh:\/\/[^\s/]+$/, "an ssh:// endpoint, such as ssh://deploy@host-a.example:22")
    .describe("the host's Docker endpoint, as the operator reaches it"),
  ssh_config: z.string().optional().describe("OpenSSH client configuration to use for this host"),
  address: addressSchema.describe("address of the published ports, as clients reach them: an IP address, or a name"),
  replication_address: replicationAddressSchema.describe("address on the network between the two hosts: IPv4"),
  listen: listenSchema.optional(),
  fence: z
    .strictObject({
      command: z
        .array(z.string().min(1))
        .min(1)
        .describe("program and arguments that switch this host off; it is given one more word, `off` or `status`"),
      timeout_seconds: z
        .number()
        .int()
        .min(1)
        .max(60)
        .default(10)
        .describe("how long that program may take; after that it counts as no proof"),
    })
    .optional()
    .describe("power or hypervisor control of this host: exit 0 and `off` on stdout is proof that nothing runs there"),
  hooks: hooksSchema
    .optional()
    .describe("commands that move an address or a name with the role, run where the drill runs"),
  preparation: hostPreparationSchema
    .optional()
    .describe("prepare the bare host over SSH before its first container; off without this section"),
});

/** The environment file. Unknown keys are refused; `npm run generate` makes its JSON schema from this. */
export const environmentSchema = z.strictObject({
  version: z.literal(1).describe("version of this file's form"),
  extends: z
    .string()
    .optional()
    .describe("an environment file, relative to this one, whose sections this one is put into"),
  name: z
    .string()
    .regex(NAME, "lower-case letters, digits and hyphens, at most 31")
    .describe("name of the environment, which the evidence carries"),
  hosts: z
    .record(hostName, host)
    .refine((hosts) => [1, 2].includes(Object.keys(hosts).length), "one host, or two")
    .refine(
      (hosts) => new Set(Object.values(hosts).map((one) => one.stack)).size === Object.keys(hosts).length,
      "each host needs a stack of its own (primary, standby)",
    )
    .describe("the hosts by name: one host, or two with a stack of their own each"),
  pulumi: z
    .strictObject({
      project: z
        .string()
        .optional()
        .describe(
          "folder with Pulumi.yaml and the stacks' config; default: the nearest one upwards from where you are",
        ),
      backend: z
        .string()
        .optional()
        .describe(
          "state backend URL, such as `file:///srv/state`, `s3://bucket` or `https://api.pulumi.com`; a `file://` path that is not absolute begins at the project's folder; default: the one the operator is logged in to",
        ),
      passphrase_file: z.string().optional().describe("file with the passphrase of the stacks' secrets"),
    })
    .default({}),
  evidence: z
    .strictObject({
      signing_key_file: z
        .string()
        .min(1)
        .describe("PEM file with the private key, Ed25519 or ECDSA P-256, that evidence is signed with"),
      key_is_for: z.enum(KEY_PURPOSES).describe("what the signatures say of that key"),
    })
    .optional()
    .describe("without it evidence is not signed"),
  certificates: z
    .strictObject({
      ca_file: z
        .string()
        .min(1)
        .describe(
          "PEM file with your own CA: the one that signs first, then those above it, the last signed by itself",
        ),
      ca_key_file: z
        .string()
        .min(1)
        .describe("PEM file with the private key of the first, RSA or ECDSA, without passphrase"),
    })
    .optional()
    .describe("without it `understudy certificates` makes a CA for the pair"),
  encryption: z
    .enum(ENCRYPTION_MODES)
    .optional()
    .describe(
      "encryption of PostgreSQL between hosts and for clients: `accepted` servers take both; `used` our own sessions and the replication encrypt too; `required` who comes plain is refused; default: `required` where the stacks have certificates, else `plain`",
    ),
  images_file: z
    .string()
    .optional()
    .describe(
      "YAML file of images and of what each stands in for; it takes the place of `services.*.image` and `services.*.stand_in`",
    ),
  ports: portsSchema,
  services: z.strictObject(
    Object.fromEntries(SERVICE_NAMES.map((name) => [name, service])) as Record<ServiceName, typeof service>,
  ),
  backup: backupSchema.optional().describe("without it, and on a single host, nothing is backed up"),
  notify: notifySchema
    .optional()
    .describe("who is told of drills and alerts; without it nobody is: alerts are seen in Alertmanager alone"),
  drills: drillsSchema
    .optional()
    .describe("when a drill by schedule may begin; without it `drill --scheduled` refuses"),
  front: frontSchema.prefault({}).describe("the TLS front of a host of a pair with certificates"),
  agent: agentSchema
    .optional()
    .describe("the agent of each host, which watches its stores and acts on nothing; without it there is none"),
  exporters: exportersSchema
    .optional()
    .describe("exporters of PostgreSQL, Redis and the machine on each host, for Prometheus; without it there are none"),
  logs: logsSchema
    .optional()
    .describe("a Collector on each host that takes all containers' logs to Loki; without it there is none"),
  clients: clientsSchema
    .optional()
    .describe("a door on each host that leads clients to whichever host is primary; without it there is none"),
  access: z
    .strictObject({
      superuser_over_network: z
        .boolean()
        .default(false)
        .describe(
          "whether PostgreSQL's superuser may log in over the network, as for clients that still do; `doctor` says so where it may",
        ),
    })
    .prefault({})
    .describe("who may log in to the stores, and from where"),
  timescaledb: timescaledbSchema.prefault({}).describe("how PostgreSQL is set, over what the product needs"),
  redis: redisSchema.prefault({}).describe("how Redis is set, over what the product needs"),
  ...serviceSections,
  applications: applicationsSchema
    .default({})
    .describe("what each application has in the stores: its role, databases, rights and user of Redis"),
  overlays: overlaysSchema.optional().describe("files of your own beside those of the program"),
  replication: z
    .strictObject({
      redis_backlog_mib: z.number().int().min(1).default(64).describe("Redis' replication backlog, in MiB"),
      wal_keep_mib: z
        .number()
        .int()
        .min(0)
        .default(512)
        .describe(
          "WAL that PostgreSQL keeps even without a slot, in MiB; the slot of an absent standby keeps four times as much, at least 4096",
        ),
    })
    .prefault({}),
  objectives: z.strictObject({
    max_failover_seconds: seconds.describe("longest `FAILOVER_DURATION_SECONDS` that is accepted"),
    max_data_lag_events: z.number().int().min(0).describe("acknowledged events that may be missing after a switchover"),
    max_unplanned_loss_events: z
      .number()
      .int()
      .min(0)
      .default(1000)
      .describe("what an unplanned failover may lose: replication between the hosts is asynchronous"),
    max_lag_events_before_swap: z
      .number()
      .int()
      .min(0)
      .default(1000)
      .describe("a standby further behind than this, in events, is not promoted by a switchover"),
    max_replay_lag_bytes: z
      .number()
      .int()
      .min(0)
      .default(16_777_216)
      .describe("the same in bytes of WAL, received and replayed"),
  }),
  policy: z
    .strictObject({
      on_boot_without_peer: z
        .enum(["hold", "resume"])
        .default("hold")
        .describe(
          "a former primary whose peer is silent: `hold` waits for the peer, `resume` starts and takes the risk",
        ),
      peer_timeout_seconds: z
        .number()
        .int()
        .min(1)
        .max(30)
        .default(2)
        .describe("how long the boot guard waits for an answer of the peer"),
      primary_gone_after_seconds: z
        .number()
        .int()
        .min(1)
        .max(60)
        .default(5)
        .describe("how long a silent primary is asked before an unplanned drill takes it for gone"),
      max_unknown_loss_seconds: z
        .number()
        .int()
        .min(0)
        .default(3600)
        .describe(
          "a failover refuses, without --accept-loss, a standby that is not known to have had everything within this time",
        ),
      rehearse_every_days: z
        .number()
        .int()
        .min(1)
        .max(366)
        .default(30)
        .describe("how long an accepted drill says that the pair is ready: see `understudy status --ready`"),
      journal_days: z
        .number()
        .int()
        .min(1)
        .max(3650)
        .default(7)
        .describe("how long the stores keep our own journal: the events that probes write; older ones are pruned"),
      retention_days: z
        .number()
        .int()
        .min(1)
        .default(15)
        .describe("how long Prometheus, Loki and Tempo keep their data"),
      prometheus_max_mib: z
        .number()
        .int()
        .min(64)
        .optional()
        .describe(
          "how much Prometheus keeps at most, in MiB: the oldest goes first, also before `retention_days`; default: 256 for each of those days",
        ),
    })
    .prefault({}),
});

/** One validated environment file: the two (or one) hosts, their services, objectives and policy. */
export type Environment = z.infer<typeof environmentSchema>;
/** One host of an environment file, without its name: that is its key there. */
export type EnvironmentHost = z.infer<typeof host>;
