import * as pulumi from "@pulumi/pulumi";
import { secretFile, settingFile } from "../../components/config-files";
import type { NamedHost } from "../../settings/pair";
import { HostFiles } from "../../components/host-files";

/**
 * A Pulumi program of the files of one container, Alertmanager's: `understudy:planted` is a password among them,
 * `understudy:setting` a setting that is reloaded, `understudy:start` one that is read at a start.
 */
export function filesProgram(): Record<string, unknown> {
  const config = new pulumi.Config("understudy");
  const self: NamedHost = {
    name: "host-a",
    stack: "primary",
    docker: "ssh://deploy@a.example",
    address: "198.51.100.1",
    replication_address: "203.0.113.1",
  };
  new HostFiles(
    "alertmanager-files",
    {
      self,
      service: "alertmanager",
      image: config.require("image"),
      user: "nobody",
      files: [
        secretFile("password", config.requireSecret("planted")),
        settingFile("alertmanager.yml", `# ${config.require("setting")}\n`, "reload"),
        settingFile("start.conf", config.get("start") ?? "at first\n"),
      ],
      reload: { signal: "SIGHUP" },
    },
    {},
  );
  return {};
}
