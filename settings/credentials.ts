/** The passwords of one pair; they come from Pulumi's secret config and go nowhere else. */
export interface Credentials {
  readonly postgres: string;
  readonly replication: string;
  readonly redis: string;
  readonly grafana: string;
  /** Encrypts the backups; whoever loses it has none. */
  readonly backup: string;
}

/** Where each password stands in the stack's config, in namespace `understudy`. */
export const CREDENTIAL_KEYS: Readonly<Record<keyof Credentials, string>> = {
  postgres: "postgresPassword",
  replication: "replicationPassword",
  redis: "redisPassword",
  grafana: "grafanaPassword",
  backup: "backupPassword",
};
