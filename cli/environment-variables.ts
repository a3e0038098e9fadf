/** One environment variable that an operator may set. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly meaning: string;
}

/** Every environment variable that the command reads, or that Pulumi reads when the environment file does not say it. */
export const ENVIRONMENT_VARIABLES: readonly EnvironmentVariable[] = [
  { name: "UNDERSTUDY_ENV_CONFIG", meaning: "the environment file when --env-config is not given" },
  {
    name: "UNDERSTUDY_CACHE",
    meaning: "folder of the tool chain and of what Node compiles; default ~/.cache/understudy",
  },
  { name: "UNDERSTUDY_DEBUG", meaning: "1: print the stack of an unexpected error" },
  { name: "NO_COLOR", meaning: "1: no colours on a terminal" },
  { name: "PULUMI_BACKEND_URL", meaning: "where the stacks' state is, unless the environment file has pulumi.backend" },
  {
    name: "PULUMI_CONFIG_PASSPHRASE_FILE",
    meaning: "passphrase of the stacks' secrets, unless it has pulumi.passphrase_file",
  },
  { name: "PULUMI_HOME", meaning: "Pulumi's own folder, with its plugins; default ~/.pulumi" },
];
