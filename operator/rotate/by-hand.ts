import { UserError } from "../../settings/user-error";
import { ROTATED_NAMES } from "./secrets";

interface ByHand {
  readonly words: string;
  readonly next: string;
}

/** Secrets that other verbs or programs exchange, by the name that is asked for, with the commands that do it. */
const BY_HAND: Readonly<Record<string, ByHand>> = {
  grafana: {
    words: "Grafana has its password in its own database on each host, and reads the config's only when that is made",
    next: "docker exec -it understudy-grafana grafana cli admin reset-admin-password --password-from-stdin, on both hosts; then pulumi config set --secret understudy:grafanaPassword in both stacks",
  },
  backup: {
    words:
      "the repository of backups on each host has its own keys, and restic exchanges them; whoever loses the password loses the backups",
    next: "see Other secrets in docs/ROTATION.md: restic key add and key remove in the backup container of both hosts, then both stacks' understudy:backupPassword",
  },
};

/** The refusal of a name that this verb does not exchange. */
export function rotateByHand(name: string): UserError {
  const known = Object.entries(BY_HAND).find(([one]) => one === name)?.[1];
  if (known !== undefined) return new UserError(`${name}: ${known.words}`, known.next, 2);
  const names = [...ROTATED_NAMES, "application", "certificates", "ca", ...Object.keys(BY_HAND)].join(", ");
  return new UserError(`no secret is called ${name}; there are: ${names}`, "understudy rotate --help", 2);
}
