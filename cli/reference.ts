/** What each exit code of `understudy` means. */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: "done; `verify`: accepted; `status`, `health`, `doctor`: all is well",
  1: "failed; `verify`: refused; `failover`: the drill failed, or a dry run found what would stop it",
  2: "bad usage, or nothing could be verified: an evidence file that is missing, truncated or not text, a state or a lock that cannot be looked at",
  3: "refused as unsafe: nothing was changed",
  141: "done, but the reader of stdout closed it first, as `head` does; any other code stands as it is",
};

/** The environment variables that an operator may set: `understudy` reads them, or Pulumi does; and what each does. */
export const ENVIRONMENT_VARIABLES: Readonly<Record<string, string>> = {
  UNDERSTUDY_ENV_CONFIG: "the environment file where `--env-config` is not given",
  UNDERSTUDY_CACHE:
    "folder of the tool chain and of the lab's images; without it `understudy` in `XDG_CACHE_HOME`, else `~/.cache/understudy`",
  UNDERSTUDY_DEBUG: "any text: print the stack of an unexpected error",
  NO_COLOR: "any text: no colour on a terminal",
  PULUMI_BACKEND_URL: "Pulumi's state backend, where the environment file has no `pulumi.backend`",
  PULUMI_CONFIG_PASSPHRASE:
    "the passphrase of the stacks' secrets, where the environment file has no `pulumi.passphrase_file`",
  PULUMI_CONFIG_PASSPHRASE_FILE: "a file with that passphrase, in its place",
  PULUMI_ACCESS_TOKEN: "the token for Pulumi Cloud, where nobody has logged in with `pulumi login`",
  AWS_ACCESS_KEY_ID:
    "with `AWS_SECRET_ACCESS_KEY` and `AWS_REGION`: credentials of a state backend in S3; Pulumi takes every other way of AWS too",
  PULUMI_HOME: "Pulumi's own folder, with its plugins; default `~/.pulumi`",
};
