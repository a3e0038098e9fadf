import * as pulumi from "@pulumi/pulumi";
import { declareDrill, failWith } from "../../drills/drill";
import { loadEnvironment } from "../../settings/load-environment";
import { viewFrom } from "../../settings/pair";

/**
 * A Pulumi program that executes a drill whose environment file is gone when its first step looks for it: the engine,
 * the step resources and the outputs are the real ones, and no host is asked anything.
 */
export async function drillWithoutHosts(): Promise<Record<string, unknown>> {
  const config = new pulumi.Config("understudy");
  const environment = loadEnvironment("configs/deploy/environments/prodlike_multi_host.yaml");
  const password = config.require("password");
  const credentials = {
    postgres: password,
    replication: password,
    redis: password,
    grafana: password,
    backup: password,
  };
  const evidence = await declareDrill(
    {
      environmentFile: "no/such/environment.yaml",
      environment,
      view: viewFrom(environment, "host-b"),
      role: "primary",
      drill: { id: config.require("drillId"), mode: "execute", kind: "planned", nonce: "gate-7" },
      credentials,
      secrets: pulumi.secret(credentials),
      applicationUsers: pulumi.secret([]),
      receiverSecrets: pulumi.secret<Record<string, string>>({}),
    },
    { verdict: "agrees" },
    [],
  );
  failWith(evidence);
  return { evidence };
}
