/** A key of the stack's config that says which host a stack declares, and how. */
export interface StackKey {
  readonly meaning: string;
  readonly allowed: string;
  /** What stands behind the key in the command that sets it. */
  readonly example: string;
}

/** The keys of a stack in namespace `understudy`, beside its passwords and its drill. */
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
  identity: {
    meaning: "whose data the pair's are; `understudy up` writes it, and refuses a host that lacks them",
    allowed: "as `up` writes it; absent before the first",
    example: "",
  },
} as const satisfies Readonly<Record<string, StackKey>>;
