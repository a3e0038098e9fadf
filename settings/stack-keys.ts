/** A key of the stack's config that says which host a stack declares, and how. */
export interface StackKey {
  readonly meaning: string;
  readonly allowed: string;
  /** What stands behind the key in the command that sets it. */
  readonly example: string;
}

/** The keys that every stack needs, in namespace `understudy`, beside its passwords. */
export const STACK_KEYS = {
  environment: {
    meaning: "the environment file, relative to the project's folder",
    allowed: "path of a file",
    example: "configs/deploy/environments/prodlike_multi_host.yaml",
  },
  host: {
    meaning: "which host of that file this stack declares",
    allowed: "name of a host in `hosts`",
    example: "host-a",
  },
  role: {
    meaning: "what the host is declared to be now",
    allowed: "`primary`, `standby`",
    example: "primary|standby",
  },
} as const satisfies Readonly<Record<string, StackKey>>;
