import { z } from "zod";

/**
 * Kernel settings that the services ask for: Redis saves in a copy of its memory, and its clients queue before they are
 * accepted. The last one lets a port be published on an address that is not up yet when the host boots.
 */
const DEFAULT_SYSCTLS = { "vm.overcommit_memory": 1, "net.core.somaxconn": 1024, "net.ipv4.ip_nonlocal_bind": 1 };

/** What is done to a host over SSH before any container: nothing, unless the environment file has this section. */
export const hostPreparationSchema = z.strictObject({
  host_key: z
    .string()
    .regex(
      /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,3}$/,
      "an OpenSSH public key, type and key",
    )
    .describe("the host's public SSH key; a host that shows another one is not touched"),
  sudo: z.boolean().default(true).describe("become root by sudo without a password; false when the account is root"),
  sysctls: z
    .record(z.string().regex(/^[a-z][a-z0-9_.]*$/), z.number().int())
    .default(DEFAULT_SYSCTLS)
    .describe("kernel settings, written to /etc/sysctl.d and applied"),
  folders: z
    .array(
      z
        .string()
        .regex(/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/, "an absolute path of letters, digits, dot, underscore, hyphen"),
    )
    .default([])
    .describe("folders to make, for root alone; one that is there keeps its content"),
  require_synchronized_clock: z.boolean().default(true).describe("refuse a host whose clock no time service keeps"),
});

/** The section `preparation` of a host, with every default filled in. */
export type HostPreparationSettings = z.infer<typeof hostPreparationSchema>;
