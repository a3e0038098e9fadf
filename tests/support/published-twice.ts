import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

/** The engine of the program below: nobody is there, and a preview without a refresh asks nobody. */
export const NOBODY = "unix:///nonexistent/docker.sock";

/** A Pulumi program of one container whose port is published on the addresses of the config, in that order. */
export function publishedTwice(): Promise<Record<string, unknown>> {
  const config = new pulumi.Config("understudy");
  const provider = new docker.Provider("engine", { host: NOBODY });
  const ports = config
    .require("addresses")
    .split(" ")
    .map((ip) => ({ internal: 5432, external: 5432, ip, protocol: "tcp" }));
  const container = new docker.Container(
    "container",
    { name: "x", image: "sha256:abc", ports, labels: [{ label: "listen", value: config.require("label") }] },
    { provider, deleteBeforeReplace: true, ignoreChanges: config.requireBoolean("ignored") ? ["ports"] : [] },
  );
  return Promise.resolve({ name: container.name });
}
